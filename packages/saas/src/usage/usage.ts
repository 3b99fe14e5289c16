import type { Tx } from "@revops/database";
import type { UsageReport } from "./report.ts";

export interface Usage {
  report(subjectId: string, tx?: Tx): Promise<UsageReport>;
}
