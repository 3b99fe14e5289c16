import type { Tx } from "@revops/database";
import type { Consumption } from "../metering/event.ts";
import type { Verdict } from "./verdict.ts";

export interface Quotas<Feature extends string = string> {
  consume(input: Consumption<Feature>, tx?: Tx): Promise<Verdict>;
  check(
    input: { readonly subjectId: string; readonly feature: Feature; readonly quantity?: number | string | undefined },
    tx?: Tx,
  ): Promise<Verdict>;
}
