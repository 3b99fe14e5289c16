/**
 * Tells what comes again from what comes once (the doorkeeper of Einziger, Friedman and Manes, "TinyLFU", 2017): where a query
 * costs less than a place in the cache and what keeps it there, only the former gets one. It may err, which costs a query or
 * a place and is never wrong.
 */
export interface Doorkeeper {
  /** Whether this was seen before, not too long ago. */
  hasSeen(digest: string): boolean;
}

/** Of the last so many, more or less. */
const places = 65_536;

/** @returns one that remembers in a quarter of a megabyte, however much it sees */
export function createDoorkeeper(): Doorkeeper {
  const seen = new Uint32Array(places);
  return {
    hasSeen(digest) {
      // Of a digest every part is as random as every other.
      const place = digest.charCodeAt(0) | (digest.charCodeAt(1) << 8);
      const mark = (digest.charCodeAt(2) | (digest.charCodeAt(3) << 8) | (digest.charCodeAt(4) << 16)) + 1;
      if (seen[place] === mark) return true;
      seen[place] = mark;
      return false;
    },
  };
}
