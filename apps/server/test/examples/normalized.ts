/** What two servers, told the same, answer alike: everything but ids, times, secrets, addresses and durations. */

const kinds: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, "a time"],
  [/^https?:\/\/\S+$/, "an address"],
  [/^\/api\/v1\/\S+$/, "a path"],
  [/^eyJ\S+$/, "signed"],
  [/^(rvk|rvf|rvc|rvo|whsec)_\S+$/, "a secret"],
  [/^rvl-[A-Z0-9-]+$/, "a licence key"],
  [/^(?!\w+_01[0-9a-z]{24}$)(pm|in|il|ii|evt|cus|acct|sub|txn|ch|pi|tr|re|price|prod)_\w+$/, "an id of Stripe's"],
  [/^[0-9a-f]{16,64}$/, "a hash"],
  [/^[A-Z0-9]{8}-\d{4}$/, "a number of Stripe's"],
  [/^[\w-]{43}$/, "a public key"],
];

/** Members whose values no two runs share. */
const volatile = [
  ...["latencyMs", "durationMs", "iat", "exp", "expYear", "expMonth", "daysRemaining", "userAgent", "body", "last4"],
  // How much of Stripe's news was through by then.
  ...["processed", "ignored", "checked", "seen"],
];
/** Records of the inside, of which an example shows a part. */
const inner = ["inputs", "payload"];
const plansMembers = ["planVersion", "version", "from", "to"];

const id = /\b([a-z]{2,4})_[0-9a-hjkmnp-tv-z]{26}\b/g;

export function normalized(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => normalized(item));
  if (inner.includes(name)) return `some ${typeof value}`;
  if (name === "nextCursor") return "a cursor, or the end";
  if (volatile.includes(name)) return value === null ? null : `some ${typeof value}`;
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, normalized(inner, member)]));
  }
  if (typeof value !== "string") return value;
  if (plansMembers.includes(name) && /^[\w-]{12}$/.test(value)) return "a version of the plans";
  const kind = kinds.find(([pattern]) => pattern.test(value));
  return kind ? kind[1] : value.replaceAll(id, "an id $1");
}
