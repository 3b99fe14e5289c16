/** Looks at JSON before anything walks it. */

/** Nesting and members at most: far above any real request, far below what slows a validator down. */
export const jsonLimits = { depth: 32, members: 20_000 };

const quote = 0x22;
const backslash = 0x5c;

/**
 * Whether the bytes nest too deep or hold too many members, told without parsing them: a linear scan that skips over
 * strings. Bytes that are no JSON give some answer or other; the parser decides about those.
 */
export function exceedsJsonLimits(bytes: Uint8Array, limits: typeof jsonLimits = jsonLimits): boolean {
  let depth = 0;
  let members = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === backslash) i++;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > limits.depth) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
    // A comma is one more element or member, whichever it parts.
    else if (byte === 0x2c && ++members >= limits.members) return true;
  }
  return false;
}
