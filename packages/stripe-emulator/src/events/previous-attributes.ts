function isHash(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * What an `*.updated` event says about before: the old values of changed fields only, nested hashes likewise, lists whole.
 * A field that was not there before is null. Source: https://docs.stripe.com/api/events/object (`data.previous_attributes`).
 */
export function previousAttributes(before: object, after: object): Record<string, unknown> {
  const old = new Map<string, unknown>(Object.entries(before));
  const previous: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(after)) {
    const was = old.get(name);
    if (same(was, value)) continue;
    previous[name] = isHash(was) && isHash(value) ? previousAttributes(was, value) : (was ?? null);
  }
  for (const [name, was] of old) {
    if (!(name in after)) previous[name] = was;
  }
  return previous;
}
