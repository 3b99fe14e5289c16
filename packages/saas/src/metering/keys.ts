/** Keys of 16 bytes: what makes an event unique, and an index small. */
import { hash, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";

export const keyLength = 16;
/** How much of an event's key is its subject's. */
const prefixLength = 6;
const restLength = keyLength - prefixLength;

/**
 * What the keys of a subject's events begin with: 48 bits of SHA-256(subject). So they lie together in the one index, and
 * can be listed. Two subjects may share it: it says where to look, not whose an event is.
 */
export function eventKeyPrefix(subjectId: string): Buffer {
  return digest(subjectId).subarray(0, prefixLength);
}

/** The range of keys that begin with a prefix: from, included, to the last one, included. */
export function keyRange(prefix: Buffer): { readonly first: Buffer; readonly last: Buffer } {
  return {
    first: Buffer.concat([prefix, Buffer.alloc(restLength)]),
    last: Buffer.concat([prefix, Buffer.alloc(restLength, 0xff)]),
  };
}

/** The key of a balance: a subject's use of a feature since a period's start. */
export function counterKey(subjectId: string, feature: string, periodStart: Date): Buffer {
  return digest(`${subjectId}\u0000${feature}\u0000${periodStart.getTime()}`);
}

/** Makes keys of events. */
export interface EventKeys {
  /**
   * The key of a subject's event: its prefix and 80 bits of SHA-256(subject, NUL, id). A subject's id holds no NUL, so no
   * two pairs are written alike; among ten million events of one subject, an accidental collision has odds of 1 to 10^10.
   */
  of(subjectId: string, id: string): Buffer;
  /** A key that no other event has: 40 bits of this process, and a number that counts up. */
  fresh(subjectId: string): Buffer;
}

export function createEventKeys(): EventKeys {
  const prefixes = new LRUCache<string, Buffer>({ max: 10_000 });
  let run = randomBytes(5);
  let counted = 0;

  function begun(subjectId: string): Buffer {
    let prefix = prefixes.get(subjectId);
    if (prefix === undefined) {
      prefix = eventKeyPrefix(subjectId);
      prefixes.set(subjectId, prefix);
    }
    const key = Buffer.allocUnsafe(keyLength);
    key.set(prefix);
    return key;
  }
  return {
    of(subjectId, id) {
      const key = begun(subjectId);
      // As hexadecimal text: Node makes a Buffer of a digest at twice the cost.
      key.write(hash("sha256", `${subjectId}\u0000${id}`, "hex"), prefixLength, restLength, "hex");
      return key;
    },
    fresh(subjectId) {
      const key = begun(subjectId);
      if (counted === 2 ** 40) {
        run = randomBytes(5);
        counted = 0;
      }
      key.set(run, prefixLength);
      key.writeUIntBE(counted++, prefixLength + run.length, 5);
      return key;
    },
  };
}

/** Half of SHA-256. */
export function digest(text: string): Buffer {
  return Buffer.from(hash("sha256", text, "hex").slice(0, 2 * keyLength), "hex");
}
