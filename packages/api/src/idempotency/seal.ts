import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Keeps first answers unreadable at rest: one of them may be the only showing of a new API key. */
export interface Seal {
  /** @param bound what it belongs to; it opens for the same only */
  close(text: string, bound: string): Buffer;
  /** Null when it was sealed with another secret, or was changed. */
  open(sealed: Buffer, bound: string): string | null;
}

const ivLength = 12;
const tagLength = 16;

/** AES-256-GCM (NIST SP 800-38D) with a random nonce. @param key 32 bytes */
export function createSeal(key: Uint8Array): Seal {
  return {
    close(text, bound) {
      const iv = randomBytes(ivLength);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(bound));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]);
    },
    open(sealed, bound) {
      const iv = sealed.subarray(0, ivLength);
      const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagLength });
      decipher.setAAD(Buffer.from(bound)).setAuthTag(sealed.subarray(ivLength, ivLength + tagLength));
      try {
        const body = decipher.update(sealed.subarray(ivLength + tagLength));
        return Buffer.concat([body, decipher.final()]).toString("utf8");
      } catch {
        return null;
      }
    },
  };
}
