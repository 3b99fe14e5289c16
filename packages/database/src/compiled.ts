/** Hand-written SQL compiled once: for a point query on a request's path, compiling costs more than running. */
import { is, Placeholder, type Query, type SQL } from "drizzle-orm";

interface CompiledQuery {
  readonly sql: string;
  readonly params: unknown[];
}

/** Compiles a query; with values for its placeholders it keeps what it compiled for as long as the query lives. */
export type Compile = (query: SQL, values?: Readonly<Record<string, unknown>>) => CompiledQuery;

export function createCompile(dialect: { sqlToQuery(query: SQL): Query }): Compile {
  const known = new WeakMap<SQL, { sql: string; fill: (values: Readonly<Record<string, unknown>>) => unknown[] }>();
  return (query, values) => {
    if (values === undefined) return dialect.sqlToQuery(query);
    let kept = known.get(query);
    if (!kept) {
      const { sql, params } = dialect.sqlToQuery(query);
      const names = params.map((param) => (is(param, Placeholder) ? { placeholder: param.name } : { value: param }));
      const fill = (given: Readonly<Record<string, unknown>>) =>
        names.map((each) => ("placeholder" in each ? given[each.placeholder] : each.value));
      kept = { sql, fill };
      known.set(query, kept);
    }
    return { sql: kept.sql, params: kept.fill(values) };
  };
}
