/** Stripe hears of the plans at the start. One that is away keeps no server from starting: it hears of them when it is back. */
import { setTimeout as delay } from "node:timers/promises";
import { isRevopsError, type Logger, secondMs } from "@revops/core";
import type { Jobs } from "@revops/jobs";

/** Long enough for a Stripe that is well, short beside the patience of whoever watches a start. */
const patienceMs = 10 * secondMs;
const againMs = 10 * secondMs;

const away = ["stripe_unavailable", "stripe_rate_limited"];

/**
 * Answers whether Stripe was told within ten seconds; if not, it is told as soon as it can be, on the schedule of `jobs`.
 * @param push safe to repeat
 * @throws what `push` throws when Stripe answers and refuses, such as `stripe_misconfigured`
 */
export async function tellStripeOfPlans(options: {
  readonly push: () => Promise<void>;
  readonly jobs: Pick<Jobs, "schedule">;
  readonly logger: Logger;
  /** Where Stripe is, for the log. */
  readonly address: string | undefined;
}): Promise<boolean> {
  const { push, jobs, logger, address = "https://api.stripe.com" } = options;
  let told = false;
  const tell = async (): Promise<unknown> => {
    try {
      await push();
      told = true;
    } catch (error) {
      if (away.some((code) => isRevopsError(error, code))) return error;
      throw error;
    }
  };
  const first = tell();
  const failure = await Promise.race([first, delay(patienceMs, undefined, { ref: false })]);
  if (told) return true;
  const reason = failure instanceof Error ? failure.message : "no answer within ten seconds";
  logger.warn(
    { reason, address },
    "Stripe does not answer; check the network and STRIPE_API_BASE. Started all the same: what needs it is 503 until it does",
  );
  jobs.schedule("plans-at-stripe", againMs, async () => {
    if (told) return;
    // One try at a time, also where the first still waits.
    await first.catch(() => undefined);
    if (!told) await tell();
    if (told) logger.info({}, "Stripe answers: it was told of the plans");
  });
  return false;
}
