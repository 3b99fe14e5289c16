import type { Handle } from "./database.ts";
import type { Kind, StoredObject, StripeObjects } from "./kinds.ts";

/** Conditions on fields by their JSON path without `$.`; a list means any of them, a range what lies within it. */
export type Where = Readonly<Record<string, string | number | boolean | null | readonly string[] | Range | undefined>>;
export interface Range {
  gt?: number | undefined;
  gte?: number | undefined;
  lt?: number | undefined;
  lte?: number | undefined;
}
interface PageRequest {
  limit: number;
  startingAfter?: string | undefined;
  endingBefore?: string | undefined;
  created?: Range | undefined;
}
/** The objects of all accounts: the platform's own (the empty name) and those of the accounts connected to it. */
export interface AccountStores {
  /** What one account sees. */
  of(account: string): ObjectStore;
  /** All of them at once, for the inspector and the outbox of webhooks. */
  readonly everywhere: ObjectStore;
  /** Whose object this is; undefined when there is none of this id. */
  ownerOf(id: string): string | undefined;
}
export interface ObjectStore {
  /** Keeps a new object. `hidden` is what Stripe never shows again: a card's number, a signing secret. */
  insert<K extends Kind>(kind: K, object: StripeObjects[K], hidden?: string): StripeObjects[K];
  find<K extends Kind>(kind: K, id: string): StripeObjects[K] | undefined;
  /** Whatever object bears this id, a deleted one included (its remains). */
  findAny(id: string): StoredObject | undefined;
  isDeleted(id: string): boolean;
  hidden(id: string): string | undefined;
  hide(id: string, hidden: string): void;
  write<K extends Kind>(kind: K, object: StripeObjects[K]): StripeObjects[K];
  /** Leaves `{ id, object, deleted: true }` behind, as Stripe does for customers. */
  bury(id: string, remains: object): void;
  remove(id: string): void;
  /** Newest first. */
  page<K extends Kind>(kind: K, where: Where, request: PageRequest): { data: StripeObjects[K][]; hasMore: boolean };
  /** All that match, oldest first. */
  all<K extends Kind>(kind: K, where?: Where): StripeObjects[K][];
  /** The sum of a number in all that match. */
  total<K extends Kind>(kind: K, path: string, where?: Where): number;
  /** The different values of a field of text, in no order. */
  distinct(kind: Kind, path: string): string[];
  counts(): { kind: string; count: number }[];
}

interface Row {
  sequence: number;
  body: string;
}

const operators = { gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;

/** A range as SQL; the field is one of ours. */
function bounds(field: string, range: Range): { sql: string; values: number[] } {
  let sql = "";
  const values: number[] = [];
  for (const name of ["gt", "gte", "lt", "lte"] as const) {
    const value = range[name];
    if (value === undefined) continue;
    sql += ` and ${field} ${operators[name]} ?`;
    values.push(value);
  }
  return { sql, values };
}

const isList = (wanted: readonly string[] | Range): wanted is readonly string[] => Array.isArray(wanted);

function conditions(where: Where): { sql: string; values: (string | number)[] } {
  let sql = "";
  const values: (string | number)[] = [];
  for (const [path, wanted] of Object.entries(where)) {
    if (wanted === undefined) continue;
    const field = `json_extract(body, '$.${path}')`;
    if (wanted === null) sql += ` and ${field} is null`;
    else if (typeof wanted !== "object") {
      sql += ` and ${field} = ?`;
      values.push(typeof wanted === "boolean" ? Number(wanted) : wanted);
    } else if (isList(wanted)) {
      sql += ` and ${field} in (${wanted.map(() => "?").join(", ")})`;
      values.push(...wanted);
    } else {
      const within = bounds(field, wanted);
      sql += within.sql;
      values.push(...within.values);
    }
  }
  return { sql, values };
}

/** The table of objects: JSON bodies typed by their kind. Field paths come from routes, never from a request. */
export function createObjectStores(database: Handle): AccountStores {
  const stores = new Map<string, ObjectStore>();
  const owner = database.prepare<[string], { account: string }>("select account from objects where id = ?");
  return {
    of(account) {
      const known = stores.get(account) ?? createObjectStore(database, account);
      stores.set(account, known);
      return known;
    },
    everywhere: createObjectStore(database, null),
    ownerOf: (id) => owner.get(id)?.account,
  };
}

/** `account` null sees the objects of all. */
function createObjectStore(database: Handle, account: string | null): ObjectStore {
  const own = account === null ? "" : " and account = ?";
  const owner = account === null ? [] : [account];
  const insert = database.prepare(
    "insert into objects (id, kind, created, hidden, body, account) values (?, ?, ?, ?, ?, ?)",
  );
  const find = database.prepare<string[], Row>(
    `select sequence, body from objects where id = ? and kind = ? and deleted = 0${own}`,
  );
  const findAny = database.prepare<[string], Row & { deleted: number; hidden: string | null }>(
    "select sequence, body, deleted, hidden from objects where id = ?",
  );
  const write = database.prepare("update objects set body = ? where id = ? and kind = ?");
  // The one place where stored text becomes typed objects again: `write` and `insert` only take objects of the kind.
  const read = <T>(row: Row): T => JSON.parse(row.body) as T;
  return {
    insert(kind, object, hidden) {
      insert.run(
        object.id,
        kind,
        "created" in object && typeof object.created === "number" ? object.created : "date" in object ? object.date : 0,
        hidden ?? null,
        JSON.stringify(object),
        account ?? "",
      );
      return object;
    },
    find(kind, id) {
      const row = find.get(id, kind, ...owner);
      return row && read(row);
    },
    findAny(id) {
      const row = findAny.get(id);
      return row && read(row);
    },
    isDeleted: (id) => findAny.get(id)?.deleted === 1,
    hidden: (id) => findAny.get(id)?.hidden ?? undefined,
    hide(id, hidden) {
      database.prepare("update objects set hidden = ? where id = ?").run(hidden, id);
    },
    write(kind, object) {
      write.run(JSON.stringify(object), object.id, kind);
      return object;
    },
    bury(id, remains) {
      database
        .prepare("update objects set deleted = 1, hidden = null, body = ? where id = ?")
        .run(JSON.stringify(remains), id);
    },
    remove(id) {
      database.prepare("delete from objects where id = ?").run(id);
    },
    page(kind, where, { limit, startingAfter, endingBefore, created }) {
      const matching = conditions(where);
      const within = bounds("created", created ?? {});
      let query = `select sequence, body from objects where kind = ? and deleted = 0${own}${matching.sql}${within.sql}`;
      const bound: (string | number)[] = [kind, ...owner, ...matching.values, ...within.values];
      const cursor = startingAfter ?? endingBefore;
      if (cursor !== undefined) {
        query += ` and sequence ${startingAfter === undefined ? ">" : "<"} ?`;
        bound.push(findAny.get(cursor)?.sequence ?? 0);
      }
      const backwards = startingAfter === undefined && endingBefore !== undefined;
      const rows = database
        .prepare<unknown[], Row>(`${query} order by sequence ${backwards ? "asc" : "desc"} limit ?`)
        .all(...bound, limit + 1);
      const kept = rows.slice(0, limit);
      if (backwards) kept.reverse();
      return { data: kept.map((row) => read(row)), hasMore: rows.length > limit };
    },
    all(kind, where = {}) {
      const { sql, values } = conditions(where);
      return database
        .prepare<unknown[], Row>(
          `select sequence, body from objects where kind = ? and deleted = 0${own}${sql} order by sequence`,
        )
        .all(kind, ...owner, ...values)
        .map((row) => read(row));
    },
    total(kind, path, where = {}) {
      const { sql, values } = conditions(where);
      return (
        database
          .prepare<unknown[], { total: number | null }>(
            `select sum(json_extract(body, '$.${path}')) as total from objects where kind = ? and deleted = 0${own}${sql}`,
          )
          .get(kind, ...owner, ...values)?.total ?? 0
      );
    },
    distinct: (kind, path) =>
      database
        .prepare<string[], { value: string }>(
          `select distinct json_extract(body, '$.${path}') as value from objects where kind = ? and deleted = 0${own}`,
        )
        .all(kind, ...owner)
        .map(({ value }) => value),
    counts: () =>
      database
        .prepare<string[], { kind: string; count: number }>(
          `select kind, count(*) as count from objects where deleted = 0${own} group by kind order by kind`,
        )
        .all(...owner),
  };
}
