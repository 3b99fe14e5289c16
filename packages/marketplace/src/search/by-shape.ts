import type { Prepared } from "@revops/database";

/** Statements that are made once for each shape that they have. */
export function byShape<Rows>(): (shape: string, make: () => Prepared<Rows>) => Prepared<Rows> {
  const known = new Map<string, Prepared<Rows>>();
  return (shape, make) => {
    let statement = known.get(shape);
    if (statement === undefined) {
      statement = make();
      known.set(shape, statement);
    }
    return statement;
  };
}
