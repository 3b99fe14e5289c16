import type { Authentication } from "../payment-methods/test-cards.ts";

/**
 * Whether the card's holder must authenticate this payment.
 * `off-session` payments cannot ask them: Stripe declines those with `authentication_required` instead.
 */
export function needsAuthentication(
  rule: Authentication,
  presence: "on-session" | "off-session",
  setUp: boolean,
): boolean {
  if (rule === "none") return false;
  if (rule === "always") return true;
  if (presence === "on-session") return true;
  return rule === "unless-set-up" && !setUp;
}
