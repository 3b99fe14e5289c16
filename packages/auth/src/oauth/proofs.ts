/** What a sign-in is proven by. Everything but the state comes from the browser's secret, of which only a hash is kept. */
import { randomToken, sha256 } from "@revops/core";

export const createState = () => randomToken();
export const createBrowserSecret = () => randomToken();

/** What is kept of them, and what is looked for. */
export const stateHash = (state: string) => sha256(state);
export const browserHash = (secret: string) => sha256(`browser ${secret}`);

/**
 * RFC 7636's verifier and OpenID Connect's nonce. Who reads the database cannot make them, and a code that was got for
 * one browser is worthless with the cookie of another even to the provider.
 */
export const bindingsOf = (secret: string) => ({
  verifier: sha256(`verifier ${secret}`),
  nonce: sha256(`nonce ${secret}`),
});

/** RFC 7636 §4.2: what a verifier is told by beforehand (`S256`). */
export const challengeOf = (verifier: string) => sha256(verifier);

/** `rvo_` and 256 random bits. */
export function createExchangeCode(): { code: string; hash: string } {
  const code = `rvo_${randomToken()}`;
  return { code, hash: sha256(code) };
}
