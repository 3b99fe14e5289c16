/** Credits: units that were given or bought beside the plan. */

/** What happened to a grant. Append-only; what is left of a grant is the sum of its entries. */
export type CreditEntryKind =
  /** Given. */
  | "grant"
  /** Taken by use. */
  | "draw"
  /** Given back, since what it paid for was not used after all. */
  | "return"
  /** Lapsed at its end. */
  | "expiry"
  /** Carried over into the grant that follows: taken from the one, given to the other. */
  | "rollover"
  /** Taken back by whoever gave it. */
  | "void";

/** - `manual`: by `credits.grant`; `plan`: by the tier, each period; `rollover`: left over from the grant before. */
export type CreditSourceKind = "manual" | "plan" | "rollover";

/** What is carried over at a grant's end. In the account's smallest unit. */
export interface Rollover {
  /** At most this much; null is everything. */
  readonly cap: number | null;
  /** How long it lasts then; null for a plan's credits, which last for the next period. */
  readonly days: number | null;
}

/** What has happened to a grant in this transaction and is not written yet. */
export interface CreditEntry {
  readonly kind: CreditEntryKind;
  /** Signed, in the account's smallest unit. */
  quantity: number;
  /** Signed, how many of the feature's smallest units it pays for; 0 for what is no draw or return. */
  units: number;
  /** The balance that drew; null otherwise. */
  readonly counterKey: Buffer | null;
  readonly at: Date;
}

/** A grant as stored. Quantities in the account's smallest unit. */
export interface Grant {
  readonly key: Buffer;
  readonly subjectId: string;
  readonly id: string;
  /** The pool, or the feature itself. */
  readonly account: string;
  readonly source: CreditSourceKind;
  /** Of a plan's credits and of what is left of them: whose period ends them. */
  readonly ofPlan: boolean;
  readonly amount: number;
  /** The lower one is drawn first. */
  readonly priority: number;
  /** Nothing is drawn before. */
  readonly effectiveAt: Date;
  /** Nothing is drawn from then on; null lasts until it is used. */
  readonly expiresAt: Date | null;
  readonly rollover: Rollover | null;
}

/** A grant inside a transaction: read once, written once. */
export interface LiveGrant extends Grant {
  /** Of a plan's credits it moves with the end of their period. */
  expiresAt: Date | null;
  remaining: number;
  entries: number;
  /** When and why it ended; an ended grant is never drawn from again. */
  closedAt: Date | null;
  closedBy: "expiry" | "void" | null;
  readonly isNew: boolean;
  /** Changed by this transaction, also where no entry tells: ended with nothing left, or another end. */
  touched: boolean;
  readonly posted: CreditEntry[];
}

/** A grant that begins, with its first entry. */
export function openGrant(grant: Grant, kind: "grant" | "rollover", at: Date): LiveGrant {
  const { amount } = grant;
  const first: CreditEntry = { kind, quantity: amount, units: 0, counterKey: null, at };
  return {
    ...grant,
    remaining: amount,
    entries: 0,
    closedAt: null,
    closedBy: null,
    isNew: true,
    touched: false,
    posted: [first],
  };
}

/** Books on a grant. Draws of one balance in one transaction are one entry. */
export function book(grant: LiveGrant, entry: CreditEntry): void {
  grant.remaining += entry.quantity;
  const last = grant.posted.find(
    ({ kind, counterKey }) =>
      kind === entry.kind && counterKey !== null && entry.counterKey !== null && counterKey.equals(entry.counterKey),
  );
  if (last) {
    last.quantity += entry.quantity;
    last.units += entry.units;
  } else grant.posted.push({ ...entry });
}

/** Ends a grant: what is left of it lapses, or is taken back. */
export function closeGrant(grant: LiveGrant, by: "expiry" | "void", at: Date): void {
  if (grant.remaining > 0) book(grant, { kind: by, quantity: -grant.remaining, units: 0, counterKey: null, at });
  grant.touched ||= grant.closedAt === null;
  grant.closedAt ??= at;
  grant.closedBy ??= by;
}

/** Gives drawn units back. To a grant that has ended meanwhile they come and go at once: both entries say so. */
export function giveBack(grant: LiveGrant, entry: Omit<CreditEntry, "kind">): void {
  book(grant, { ...entry, kind: "return" });
  if (grant.closedBy !== null) closeGrant(grant, grant.closedBy, entry.at);
}

/** Whether it may be drawn from at an instant. */
export function isLive(grant: LiveGrant, now: Date): boolean {
  const begun = grant.effectiveAt <= now;
  return begun && grant.closedAt === null && (grant.expiresAt === null || now < grant.expiresAt);
}

/**
 * The order of drawing: priority, then what ends first, then a feature's own before a pool's, then what is older (what was
 * carried over before what is new), then by id, so that it never depends on how rows come.
 */
export function byDrawingOrder(ownAccount: string): (a: LiveGrant, b: LiveGrant) => number {
  const end = ({ expiresAt }: LiveGrant) => expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
  const own = ({ account }: LiveGrant) => (account === ownAccount ? 0 : 1);
  const carried = ({ source }: LiveGrant) => (source === "rollover" ? 0 : 1);
  return (a, b) =>
    a.priority - b.priority ||
    compare(end(a), end(b)) ||
    own(a) - own(b) ||
    a.effectiveAt.getTime() - b.effectiveAt.getTime() ||
    carried(a) - carried(b) ||
    compare(a.id, b.id);
}

/** Infinity minus Infinity is no order. */
function compare<Value extends number | string>(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
