import type Stripe from "stripe";

/** What Stripe puts under `error` in the body of a refused request. Source: https://docs.stripe.com/api/errors */
export interface ErrorBody {
  type: "api_error" | "card_error" | "idempotency_error" | "invalid_request_error";
  message: string;
  code?: string;
  param?: string;
  decline_code?: string;
  charge?: string;
  payment_intent?: Stripe.PaymentIntent;
  payment_method?: Stripe.PaymentMethod;
  setup_intent?: Stripe.SetupIntent;
  doc_url?: string;
}

/**
 * A refusal in Stripe's shape.
 *
 * `keepsWork` is true where Stripe keeps what the request did although it answers with an error: a declined payment
 * leaves its failed charge, its events and `last_payment_error` behind.
 */
export class StripeFailure extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  readonly keepsWork: boolean;
  constructor(status: number, body: ErrorBody, keepsWork = false) {
    super(body.message);
    this.name = "StripeFailure";
    this.status = status;
    this.body =
      body.code === undefined
        ? body
        : { ...body, doc_url: `https://stripe.com/docs/error-codes/${body.code.replaceAll("_", "-")}` };
    this.keepsWork = keepsWork;
  }
}

/** 400 with Stripe's own code where it has one. */
export function invalidRequest(message: string, details: { code?: string; param?: string } = {}): StripeFailure {
  return new StripeFailure(400, { type: "invalid_request_error", message, ...details });
}

/** 404 for an id in the path, 400 for one inside the parameters, both `resource_missing`. */
export function resourceMissing(kind: string, id: string, param = "id"): StripeFailure {
  const noun = kind === "payment_method" ? "PaymentMethod" : kind;
  return new StripeFailure(param === "id" ? 404 : 400, {
    type: "invalid_request_error",
    code: "resource_missing",
    message: `No such ${noun}: '${id}'`,
    param,
  });
}

export function parameterMissing(param: string): StripeFailure {
  return invalidRequest(`Missing required param: ${param}.`, { code: "parameter_missing", param });
}

export function parameterUnknown(param: string): StripeFailure {
  return invalidRequest(`Received unknown parameter: ${param}`, { code: "parameter_unknown", param });
}
