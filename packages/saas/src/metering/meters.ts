import type { Tx } from "@revops/database";
import type { BatchResult, RecordResult, UsageEvent } from "./event.ts";

export interface Meters<Feature extends string = string> {
  record(event: UsageEvent<Feature> & { readonly subjectId: string }, tx?: Tx): Promise<RecordResult>;
  recordMany(subjectId: string, events: readonly UsageEvent[], tx?: Tx): Promise<BatchResult>;
}
