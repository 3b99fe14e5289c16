/** Values that JSON can carry. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A JSON object, such as an event's metadata. */
export type JsonObject = { readonly [key: string]: JsonValue };

/**
 * Writes a value with its members in one order, so that equal values give equal text: what a fingerprint is taken of.
 * @example sha256(canonicalJson({ b: 1, a: 2 })) === sha256(canonicalJson({ a: 2, b: 1 }))
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : member,
  );
}
