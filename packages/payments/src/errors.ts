import { defineErrors, type ErrorCode } from "@revops/core";

/** What can go wrong with money, told apart by who can do something about it. */
export const paymentsErrors = defineErrors({
  // the payer
  card_declined: "The card was declined",
  insufficient_funds: "The card does not have enough money on it",
  authentication_required: "The bank asks the cardholder to confirm this payment",
  payment_required: "A payment is needed first",
  payment_method_not_found: "There is no such payment method",
  // the caller
  customer_forgotten: "This customer is forgotten, and pays for nothing any more",
  subscription_not_found: "There is no subscription",
  invoice_not_found: "There is no such invoice",
  payment_not_found: "There is no such payment",
  payment_canceled: "This payment was canceled",
  payment_not_cancelable: "This payment cannot be canceled",
  setup_intent_not_found: "There is no such setup intent",
  refund_not_found: "There is no such refund",
  payment_not_refundable: "This cannot be refunded",
  connected_account_not_found: "The publisher has no account at Stripe",
  transfer_not_found: "There is no such transfer",
  transfer_not_reversible: "This transfer cannot be reversed",
  subscription_exists: "There is a subscription already: change it instead",
  invalid_return_url: "This is no address to return to",
  invoice_not_payable: "This invoice cannot be paid or changed any more",
  already_on_tier: "The subscription is on this tier already",
  unknown_plan: "There is no such plan",
  contact_sales: "This plan is sold by our sales team",
  reference_reused: "This reference was used for another payment",
  change_in_progress: "Another change of the same subscription is under way",
  invalid_amount: "This amount cannot be charged",
  unbalanced_posting: "The entries of a posting do not sum to zero",
  invalid_posting: "This cannot be entered in the ledger",
  usage_bill_not_found: "There is no bill of such a cycle",
  webhook_event_not_found: "There is no such event",
  webhook_body_consumed: "Something read the webhook's body before its signature could be checked",
  invalid_signature: "The webhook's signature is not valid",
  // Stripe, or how it was set up
  stripe_rejected: "Stripe refused the request",
  stripe_rate_limited: "Stripe asks to slow down",
  stripe_unavailable: "Stripe does not answer",
  stripe_misconfigured: "The connection to Stripe is not set up properly",
});
export type PaymentsErrorCode = ErrorCode<typeof paymentsErrors>;
