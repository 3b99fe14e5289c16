/** Proves the balances once a day, so that a difference is an alarm and not a discovery. */
import { dayMs, type Logger } from "@revops/core";
import type { Jobs } from "@revops/jobs";

/** Names what differs; none, as long as nobody wrote past the packages. */
export type LedgerCheck = () => Promise<readonly unknown[]>;

export interface LedgerChecks {
  /** How many differences each ledger had at its last check. */
  differences(): Readonly<Record<string, number>>;
}

export function scheduleLedgerChecks(options: {
  readonly jobs: Pick<Jobs, "schedule">;
  readonly logger: Logger;
  readonly checks: Readonly<Record<string, LedgerCheck>>;
}): LedgerChecks {
  const { jobs, logger, checks } = options;
  const counted: Record<string, number> = {};
  for (const [ledger, check] of Object.entries(checks)) {
    jobs.schedule(`ledger-check.${ledger}`, dayMs, async () => {
      const differences = await check();
      counted[ledger] = differences.length;
      if (differences.length > 0) {
        logger.error({ ledger, count: differences.length, first: differences[0] }, "balances differ from their ledger");
      }
    });
  }
  return { differences: () => ({ ...counted }) };
}
