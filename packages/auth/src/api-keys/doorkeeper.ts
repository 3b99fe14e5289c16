/**
 * Tells what comes again from what comes once (the doorkeeper of Einziger, Friedman and Manes, "TinyLFU", 2017): where a query
 * costs less than a digest and a place in the cache, only the former gets them. It may err, which costs a query or a place and
 * is never wrong.
 */
import { keyLength } from "./key-text.ts";

export interface Doorkeeper {
  /** Whether a text of a key's length was seen before, not too long ago. */
  hasSeen(text: string): boolean;
}

/** Half a megabyte of bits, and how many may be set before all are forgotten: one new key in sixteen is taken for a known one. */
const bits = 1 << 22;
const most = 1 << 18;

export function createDoorkeeper(): Doorkeeper {
  const seen = new Uint32Array(bits / 32);
  let count = 0;
  return {
    hasSeen(text) {
      let hash = 0;
      for (let at = keyLength - 6; at < keyLength; at++) hash = Math.imul(hash, 31) + text.charCodeAt(at);
      const place = (Math.imul(hash, 0x9e3779b1) >>> 10) & (bits - 1);
      const word = place >>> 5;
      const bit = 1 << (place & 31);
      const before = seen[word] ?? 0;
      if ((before & bit) !== 0) return true;
      if (count === most) {
        seen.fill(0);
        count = 0;
      }
      seen[word] = (seen[word] ?? 0) | bit;
      count++;
      return false;
    },
  };
}
