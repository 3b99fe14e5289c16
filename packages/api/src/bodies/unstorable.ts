import { isStorableText } from "@revops/core";

/**
 * Finds text that the two databases would not store alike (NUL, lone surrogates), and member names that JavaScript gives
 * a meaning of their own.
 * @returns where it is, or null. The value's depth is bounded by then (`json-shape.ts`).
 */
export function findUnstorable(value: unknown, path: readonly (string | number)[] = []): (string | number)[] | null {
  if (typeof value === "string") return isStorableText(value) ? null : [...path];
  if (typeof value !== "object" || value === null) return null;
  for (const [name, member] of Object.entries(value)) {
    const here = [...path, name];
    if (name === "__proto__" || !isStorableText(name)) return here;
    const found = findUnstorable(member, here);
    if (found) return found;
  }
  return null;
}
