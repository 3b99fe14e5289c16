import type { Difference } from "./difference.ts";

export interface Ledger {
  verify(subjectId?: string): Promise<Difference[]>;
}
