/** What is said of keys that end along with something else: their maker's membership, an account, an organization. */
import type { Revocation } from "../revocations/revocations.ts";
import type { Happening } from "./happening.ts";

/** For the log. @param happened to whom, and by whom */
export function keysRevoked(
  keyIds: readonly string[],
  happened: Pick<Happening, "userId" | "actorId" | "origin">,
): Happening[] {
  return keyIds.map((target) => ({ ...happened, action: "api_key.revoked", target }));
}

/** For the other instances. */
export function keysChanged(keyIds: readonly string[]): Revocation[] {
  return keyIds.map((id) => ({ kind: "api_key", id }));
}
