/** Secrets that do not show themselves, and the comparisons and tokens that go with them. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";

/** A value that logs, JSON and string templates show as `[secret]`; only {@link Secret.reveal} gives it. */
export interface Secret {
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

/**
 * Wraps a secret so that it cannot slip into a log or an answer.
 * @example const key = secret(process.env.STRIPE_SECRET_KEY); new Stripe(key.reveal())
 */
export function secret(value: string): Secret {
  const hidden = () => "[secret]";
  return Object.freeze({ reveal: () => value, toString: hidden, toJSON: hidden, [inspect.custom]: hidden });
}

/** A random token in base64url, of 256 bits unless said otherwise. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString("base64url");
}

/** SHA-256 in base64url: 43 characters. */
export function sha256(value: string | Uint8Array): string {
  return createHash("sha256").update(value).digest("base64url");
}

/** Compares in a time that does not tell where the first difference is. Texts of different length are unequal. */
export function constantTimeEqual(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
