import { sessionExpires } from "../checkout/sessions.ts";
import type { DueHandlers } from "../clock/timeline.ts";
import { evidenceDue } from "../disputes/disputes.ts";
import { arrive } from "../payouts/payouts.ts";
import { settleRefund } from "../refunds/refunds.ts";
import { nextPhase } from "../subscription-schedules/schedules.ts";
import { cancelDue, expireIncomplete } from "../subscriptions/cancel.ts";
import { finalizeDue, renew, retryPayment } from "../subscriptions/cycle.ts";
import { unpause } from "../subscriptions/pause.ts";
import { trialWillEnd } from "../subscriptions/trial.ts";

/** What happens when a timer is due. */
export const dueHandlers: DueHandlers = {
  "checkout.expire": sessionExpires,
  "refund.settle": settleRefund,
  "dispute.due": evidenceDue,
  "payout.arrive": arrive,
  "schedule.phase": nextPhase,
  "subscription.trial-will-end": trialWillEnd,
  "subscription.unpause": unpause,
  "subscription.cancel": cancelDue,
  "subscription.cycle": renew,
  "subscription.expire-incomplete": expireIncomplete,
  "invoice.finalize": finalizeDue,
  "invoice.attempt": retryPayment,
};
