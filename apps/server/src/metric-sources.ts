/** What `/metrics` shows beside requests and the process: queues, webhooks, ledgers. */
import type { MetricSource } from "@revops/api";
import type { Clock } from "@revops/core";
import type { Jobs } from "@revops/jobs";
import { webhookJobName } from "@revops/payments";

export interface MetricSourcesOptions {
  readonly clock: Clock;
  readonly jobs: Jobs;
  /** How many closed cycles there are, by how their billing came out. */
  readonly usageBills: () => Promise<Readonly<Record<string, number>>>;
  /** How many balances differed from their ledger at the last check, by ledger; empty before the first one. */
  readonly ledgerDifferences: () => Readonly<Record<string, number>>;
}

export function metricSources({ clock, jobs, usageBills, ledgerDifferences }: MetricSourcesOptions): MetricSource[] {
  const ageSeconds = (since: Date | null) =>
    since === null ? 0 : Math.max(0, (clock.now().getTime() - since.getTime()) / 1000);
  return [
    {
      name: "revops_jobs",
      help: "Jobs in the queue: waiting in all, those of them that are due, and dead ones.",
      label: "state",
      collect: async () => {
        const { waiting, due, dead } = await jobs.depth();
        return { waiting, due, dead };
      },
    },
    {
      name: "revops_jobs_lag_seconds",
      help: "How long the oldest job that is due has waited.",
      collect: async () => ({ "": ageSeconds((await jobs.depth()).oldestDueAt) }),
    },
    {
      name: "revops_webhook_lag_seconds",
      help: "How long the oldest webhook of Stripe's that was stored has waited to be applied.",
      collect: async () => ({ "": ageSeconds((await jobs.depth(webhookJobName)).oldestDueAt) }),
    },
    {
      name: "revops_usage_bills",
      help: "Closed billing cycles by whether Stripe has charged them as they were rated.",
      label: "state",
      collect: usageBills,
    },
    {
      name: "revops_ledger_differences",
      help: "Balances that differed from their ledger at the last check.",
      label: "ledger",
      collect: async () => ledgerDifferences(),
    },
  ];
}
