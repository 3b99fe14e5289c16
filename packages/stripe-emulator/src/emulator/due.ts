import type { DueHandlers } from "../clock/timeline.ts";

const nothing = () => undefined;
export const dueHandlers: DueHandlers = {
  "schedule.phase": nothing,
  "subscription.cancel": nothing,
  "subscription.cycle": nothing,
  "subscription.trial-warning": nothing,
  "subscription.upcoming": nothing,
  "subscription.expire-incomplete": nothing,
  "subscription.expire-update": nothing,
  "invoice.finalize": nothing,
  "invoice.attempt": nothing,
};
