import Stripe from "stripe";
import { expect, test } from "vitest";
import { createGateway } from "./gateway.ts";
import { readRefusal } from "./refusal.ts";

const { errors } = Stripe;
const raw = (statusCode: number, more: object = {}) => ({
  statusCode,
  message: "x",
  type: "api_error" as const,
  ...more,
});

test.for([
  ["a decline", new errors.StripeCardError(raw(402, { decline_code: "lost_card" })), "card_declined", "refused"],
  [
    "too little money on the card",
    new errors.StripeCardError(raw(402, { code: "card_declined", decline_code: "insufficient_funds" })),
    "insufficient_funds",
    "refused",
  ],
  [
    "a bank that wants to hear the cardholder",
    new errors.StripeCardError(raw(402, { code: "authentication_required" })),
    "authentication_required",
    "refused",
  ],
  ["a wrong key", new errors.StripeAuthenticationError(raw(401)), "stripe_misconfigured", "refused"],
  ["a key that may not", new errors.StripePermissionError(raw(403)), "stripe_misconfigured", "refused"],
  ["too many requests", new errors.StripeRateLimitError(raw(429)), "stripe_rate_limited", "unknown"],
  [
    "a wrong parameter",
    new errors.StripeInvalidRequestError(raw(400, { param: "amount" })),
    "stripe_rejected",
    "refused",
  ],
  [
    "less than can be charged",
    new errors.StripeInvalidRequestError(raw(400, { code: "amount_too_small", param: "amount" })),
    "invalid_amount",
    "refused",
  ],
  [
    "more than can be charged",
    new errors.StripeInvalidRequestError(raw(400, { code: "amount_too_large", param: "amount" })),
    "invalid_amount",
    "refused",
  ],
  [
    "an unknown card",
    new errors.StripeInvalidRequestError(
      raw(404, { code: "resource_missing", message: "No such PaymentMethod: 'pm_1'" }),
    ),
    "payment_method_not_found",
    "refused",
  ],
  ["a lost connection", new errors.StripeConnectionError(raw(0)), "stripe_unavailable", "unknown"],
  ["a 500", new errors.StripeAPIError(raw(500)), "stripe_unavailable", "unknown"],
  ["the same key at work elsewhere", new errors.StripeIdempotencyError(raw(409)), "stripe_unavailable", "unknown"],
] as const)("%s", ([, error, code, outcome]) => {
  const refusal = readRefusal(error);
  expect([refusal.error.code, refusal.outcome]).toEqual([code, outcome]);
});

test("an error of ours is not taken for Stripe's", () => {
  expect(() => readRefusal(new TypeError("a bug"))).toThrow("a bug");
});

test.for([
  ["", undefined],
  ["  ", undefined],
  ["sk_test_1", "ftp://example.com"],
  ["sk_test_1", "not an address"],
  ["sk_test_1", "http://127.0.0.1:1/v1"],
] as const)("the key '%s' and the address '%s' stop the start", ([secretKey, apiBase]) => {
  expect(() => createGateway({ secretKey, apiBase })).toThrow(/Stripe/);
});
