import { randomToken, sha256 } from "@revops/core";

/** `rvc_` and 256 random bits: what cannot be guessed needs no limit on guessing. */
const pattern = /^rvc_[A-Za-z0-9_-]{43}$/;

/** A code for a letter, and its hash, the only thing that is kept. */
export function createCode(): { code: string; hash: string } {
  const code = `rvc_${randomToken()}`;
  return { code, hash: sha256(code) };
}

/** The hash by which to find a code; null for what cannot be one. */
export function hashCode(code: string): string | null {
  return typeof code === "string" && pattern.test(code) ? sha256(code) : null;
}
