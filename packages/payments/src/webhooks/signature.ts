/** Who may tell us something. https://docs.stripe.com/webhooks/signature */
import { isRevopsError } from "@revops/core";
import type Stripe from "stripe";
import { paymentsErrors } from "../errors.ts";
import { toUnix } from "../gateway/objects.ts";

/** Stripe's own tolerance, which it keeps for the past only; we keep it for the future too. */
const toleranceSeconds = 300;

/** `fatal`: another byte sequence must not verify as the same text. `ignoreBOM`: nor may one with a mark in front. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What is read of an event; everything else is fetched by its object's id. */
export interface VerifiedEvent {
  readonly id: string;
  readonly type: string;
  readonly created: Date;
  readonly object: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface SignedBody {
  readonly rawBody: Uint8Array;
  readonly signature: string | readonly string[] | undefined;
  /** One is enough; two while a new one is rolled out. */
  readonly secrets: readonly string[];
  readonly now: Date;
}

/** The endpoint's secret, or secrets. @throws `stripe_misconfigured` for a blank one, with which anyone could sign */
export function readSecrets(secret: string | readonly string[]): readonly string[] {
  const secrets = typeof secret === "string" ? [secret] : [...secret];
  if (secrets.length === 0 || secrets.some((one) => one.trim() === "")) {
    throw paymentsErrors.stripe_misconfigured({ detail: "The webhook secret is empty." });
  }
  return secrets;
}

/** @throws `invalid_signature` */
export function verifyEvent(stripe: Stripe, { rawBody, signature, secrets, now }: SignedBody): VerifiedEvent {
  if (!(rawBody instanceof Uint8Array)) throw refuse("The body is needed as its raw bytes.");
  if (typeof signature !== "string") throw refuse("One Stripe-Signature header is needed.");
  checkTimestamp(signature, now);
  let failure: unknown;
  for (const secret of secrets) {
    try {
      const body = utf8.decode(rawBody);
      const tolerance = toleranceSeconds;
      const at = now.getTime();
      const event: unknown = stripe.webhooks.constructEvent(body, signature, secret, tolerance, undefined, at);
      return readEvent(event, body);
    } catch (cause) {
      if (isRevopsError(cause)) throw cause;
      failure ??= cause;
    }
  }
  throw paymentsErrors.invalid_signature({ cause: failure });
}

/** The SDK reads the last `t=`, whatever digits it begins with, and lets any future one pass. */
function checkTimestamp(signature: string, now: Date): void {
  const times = signature.split(",").filter((part) => part.trimStart().startsWith("t="));
  const seconds = /^t=(\d{1,12})$/.exec(times[0] ?? "")?.[1];
  if (times.length !== 1 || seconds === undefined) throw refuse("The signature needs one timestamp.");
  const ahead = Number(seconds) - toUnix(now);
  if (ahead > toleranceSeconds) throw refuse("The signature's timestamp lies in the future.");
}

/** @throws `invalid_signature` for what is no event */
export function readEvent(event: unknown, body: string): VerifiedEvent {
  if (!isRecord(event) || event["object"] !== "event") throw refuse("The body is not an event.");
  const { id, type, created, data } = event;
  const object = isRecord(data) ? data["object"] : undefined;
  if (typeof id !== "string" || typeof type !== "string" || typeof created !== "number" || !isRecord(object)) {
    throw refuse("The body is not an event.");
  }
  return { id, type, created: new Date(created * 1_000), object, body };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(detail: string): Error {
  return paymentsErrors.invalid_signature({ detail });
}
