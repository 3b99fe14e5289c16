/**
 * What a decline says about trying again. https://docs.stripe.com/declines/codes and
 * https://docs.stripe.com/billing/revenue-recovery/smart-retries#hard-declines: networks fine whoever repeats a hard one.
 */

export type DeclineKind = "soft" | "hard" | "authentication";

const hard = new Set([
  "authentication_not_handled",
  "card_not_supported",
  "currency_not_supported",
  "expired_card",
  "fraudulent",
  "highest_risk_level",
  "incorrect_number",
  "invalid_account",
  "invalid_number",
  "lost_card",
  "merchant_blacklist",
  "new_account_information_available",
  "no_such_card",
  "pickup_card",
  "restricted_card",
  "revocation_of_all_authorizations",
  "revocation_of_authorization",
  "security_violation",
  "stolen_card",
  "stop_payment_order",
  "transaction_not_allowed",
]);
const authentication = new Set(["authentication_required", "invoice_payment_intent_requires_action"]);

/** Whether the same card may pay later, never will, or waits for its holder. Unknown codes are tried again. */
export function declineKind(code: string | null): DeclineKind {
  if (code === null) return "soft";
  if (authentication.has(code)) return "authentication";
  return hard.has(code) ? "hard" : "soft";
}
