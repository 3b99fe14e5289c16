/** What a password may be: NIST SP 800-63B-4 §3.1.1.2, without rules of composition, which make passwords worse. */
import { isStorableText } from "@revops/core";
import { authErrors } from "../errors.ts";
import type { Blocklist } from "./blocklist.ts";
import { maxPasswordBytes, minPasswordLength } from "./limits.ts";

/** Why a password was refused: `fields.reason` of `weak_password`. */
export type PasswordWeakness = "too_short" | "too_long" | "not_text" | "common" | "is_email";

const details: Record<PasswordWeakness, string> = {
  too_short: `A password has at least ${minPasswordLength} characters.`,
  too_long: `A password has at most ${maxPasswordBytes} bytes.`,
  not_text: "The password holds characters that are not text.",
  common: "This password is one of the first that anyone would try.",
  is_email: "The password must not be the e-mail address.",
};

/**
 * Writes a password in the one form (NFKC) in which it is hashed, so that "é" typed on two keyboards is one password;
 * null for what no password can be. Before anything else walks it: a megabyte must cost nothing.
 */
export function normalizePassword(password: string): string | null {
  if (typeof password !== "string" || password.length > maxPasswordBytes || !isStorableText(password)) return null;
  const normalized = password.normalize("NFKC");
  return Buffer.byteLength(normalized) > maxPasswordBytes ? null : normalized;
}

/**
 * Checks a new password and gives it normalized.
 * @throws `weak_password` with `fields.reason`, a {@link PasswordWeakness}
 */
export async function checkNewPassword(password: string, email: string, isCommon: Blocklist): Promise<string> {
  const normalized = normalizePassword(password);
  if (normalized === null) throw weak(isText(password) ? "too_long" : "not_text");
  if ([...normalized].length < minPasswordLength) throw weak("too_short");
  const folded = normalized.toLowerCase();
  if (folded === email || folded === email.slice(0, email.lastIndexOf("@"))) throw weak("is_email");
  if (await isCommon(normalized)) throw weak("common");
  return normalized;
}

function isText(password: unknown): boolean {
  return typeof password === "string" && isStorableText(password);
}

function weak(reason: PasswordWeakness): Error {
  return authErrors.weak_password({ detail: details[reason], fields: { reason } });
}
