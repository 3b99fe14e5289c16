import { randomToken, sha256 } from "@revops/core";

/** `rvf_` and 256 random bits. The prefix lets a secret scanner find one that strayed; the rest means nothing. */
const pattern = /^rvf_[A-Za-z0-9_-]{43}$/;

/** A refresh token for the client, and its hash, the only thing that is kept. */
export function createRefreshToken(): { token: string; hash: string } {
  const token = `rvf_${randomToken()}`;
  return { token, hash: sha256(token) };
}

/** The hash of a token by which to find it; null for what cannot be one. */
export function hashRefreshToken(token: string): string | null {
  return typeof token === "string" && pattern.test(token) ? sha256(token) : null;
}
