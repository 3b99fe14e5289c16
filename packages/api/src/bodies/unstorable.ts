import { isStorableText } from "@revops/core";

/**
 * Finds text that the two databases would not store alike (NUL, lone surrogates), and member names that JavaScript gives
 * a meaning of their own.
 * @returns where it is, or null. The value's depth is bounded by then (`json-shape.ts`).
 */
export function findUnstorable(value: unknown): string[] | null {
  if (typeof value === "string") return isStorableText(value) ? null : [];
  if (typeof value !== "object" || value === null) return null;
  // The path is made on the way back, which hardly any value has.
  for (const [name, member] of Object.entries(value)) {
    if (name === "__proto__" || !isStorableText(name)) return [name];
    const found = findUnstorable(member);
    if (found) return [name, ...found];
  }
  return null;
}
