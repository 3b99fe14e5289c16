import { hkdfSync } from "node:crypto";

/** One secret serves several purposes, none of which can be turned against another (RFC 5869). */
export function derivedKey(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, "", `revops/api/${purpose}`, 32));
}
