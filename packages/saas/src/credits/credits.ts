/** Giving credits, taking them back, and saying what is left. */
import { type Clock, isRevopsError, type Page, type PageRequest, toScaled } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { presentOf } from "../entitlements/terms.ts";
import { saasErrors } from "../errors.ts";
import { checkEventId, countedFeature } from "../metering/event-rules.ts";
import type { Plans } from "../plans/plans.ts";
import { checkSubjectId } from "../subject.ts";
import { accountOf, decimalsOf, unitsOfAccount } from "./account.ts";
import type { Credit, CreditBalance, CreditLedgerEntry } from "./credit.ts";
import { byDrawingOrder, closeGrant, type Grant, isLive, type LiveGrant, type Rollover } from "./grant.ts";
import { grantKey } from "./keys.ts";
import { giveAndPayUp, type PayUpOptions } from "./pay-up.ts";
import { presentGrants } from "./present-grants.ts";
import { addsUp, featureAccount, poolAccount } from "./rates.ts";

/** Credits to be given: of a pool, or of one metered feature. */
export interface GrantInput<Feature extends string = string> {
  readonly subjectId: string;
  /** The caller's name for it: 1 to 255 visible ASCII characters, once for ever per subject. */
  readonly id: string;
  readonly pool?: string | undefined;
  readonly feature?: Feature | undefined;
  /** In the pool's or the feature's unit, above 0. */
  readonly amount: number | string;
  /** 0 to 1,000,000; the lower one is drawn first. 100 if left out. */
  readonly priority?: number | undefined;
  /** Now if left out. */
  readonly effectiveAt?: Date | undefined;
  /** Nothing is drawn from then on. Never if left out. */
  readonly expiresAt?: Date | undefined;
  /** What is left at its end, up to `cap` (null: all of it), lasts for `days` more. Once. */
  readonly rollover?: { readonly cap: number | string | null; readonly days: number } | undefined;
}

export interface Credits<Feature extends string = string> {
  /**
   * Gives credits. They are drawn once what the plan includes is used, in the order of priority, then of their end. What was
   * used in the present period already and would be billed, they pay for at once, feature by feature in the order of the
   * catalog; a period that is over, and use that costs nothing, they leave alone. Credits that begin later pay for what is
   * used from then on. The same id again changes nothing and answers with what was given first.
   *
   * @throws `invalid_credit`, `unknown_feature`, `feature_not_counted`, `subject_not_found`, `invalid_event_id`
   * @example await credits.grant({ subjectId, id: order.id, pool: "ai", amount: 500, expiresAt: endOfYear }, tx);
   */
  grant(input: GrantInput<Feature>, tx?: Tx): Promise<Credit>;

  /**
   * Takes back what is left of a credit. What it paid for stays paid. Of a plan's credits, only the next period brings new
   * ones.
   * @throws `credit_not_found`
   */
  void(input: { readonly subjectId: string; readonly id: string }, tx?: Tx): Promise<Credit>;

  /** What may be drawn now, by account, also of this period's credits of the plan. @throws `subject_not_found` */
  balances(subjectId: string, tx?: Tx): Promise<CreditBalance[]>;

  /** Every credit a subject was ever given, youngest first. */
  list(subjectId: string, page: PageRequest, tx?: Tx): Promise<Page<Credit>>;

  /** The ledger of one credit, in order: what is left is the sum of it. @throws `credit_not_found` */
  entries(
    input: { readonly subjectId: string; readonly id: string } & PageRequest,
    tx?: Tx,
  ): Promise<Page<CreditLedgerEntry>>;

  /** By counter key in hex, how many of its feature's smallest units credits paid for: never overage. */
  creditedOf(handle: Handle, counterKeys: readonly Buffer[]): Promise<Map<string, number>>;
}

export interface CreditsOptions extends PayUpOptions {
  readonly database: Database;
  readonly clock: Clock;
}

const defaultPriority = 100;
const maxPriority = 1_000_000;
const maxDays = 3_650;

export function createCredits(options: CreditsOptions): Credits {
  const { database, clock, plans, entitlements, credits, store } = options;

  /** The subject's grants as they are now. Nothing is written. */
  async function present(handle: Handle, subjectId: string, now: Date): Promise<LiveGrant[]> {
    const terms = await entitlements.find(handle, subjectId);
    if (!terms) throw saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." });
    return presentGrants(await credits.open(handle, [subjectId]), terms, now, plans);
  }

  async function found(handle: Handle, subjectId: string, id: string): Promise<LiveGrant> {
    const [grant] = await credits.byKeys(handle, [grantKey(checkSubjectId(subjectId), id)]);
    if (!grant) throw saasErrors.credit_not_found({ detail: `There is no credit "${id}".` });
    return grant;
  }

  /** A credit among the subject's as they are now: those of a plan that nobody has drawn from yet are there, but not stored. */
  async function sought(handle: Handle, subjectId: string, id: string, now: Date) {
    const terms = await entitlements.find(handle, checkSubjectId(subjectId));
    const open = await credits.open(handle, [subjectId]);
    const grants = terms ? presentGrants(open, terms, now, plans) : [];
    return { grants, grant: grants.find((known) => known.id === id) ?? (await found(handle, subjectId, id)) };
  }

  const unit = (account: string, scaled: number) => unitsOfAccount(account, scaled, plans);

  function shown(grant: LiveGrant, now: Date): Credit {
    const { id, subjectId, account, source, amount, remaining, priority, effectiveAt, expiresAt } = grant;
    return {
      ...{ id, subjectId, account: accountOf(account), source, priority, effectiveAt, expiresAt },
      amount: unit(account, amount),
      remaining: unit(account, stateOf(grant, now) === "expired" ? 0 : remaining),
      state: stateOf(grant, now),
    };
  }

  function grantOf(input: GrantInput, now: Date): Grant {
    const { subjectId, id, priority = defaultPriority, effectiveAt = now, expiresAt = null } = input;
    const account = checkAccount(input, plans);
    const decimals = decimalsOf(account, plans);
    if (!(Number.isInteger(priority) && priority >= 0 && priority <= maxPriority)) {
      throw invalid(`A priority is a whole number from 0 to ${maxPriority}.`);
    }
    const times = [effectiveAt, ...(expiresAt ? [expiresAt] : [])];
    if (times.some((time) => Number.isNaN(time.getTime()))) throw invalid("A time of the credit is an Invalid Date.");
    if (expiresAt !== null && (expiresAt <= now || expiresAt <= effectiveAt)) {
      throw invalid("A credit ends after it begins, and not in the past.");
    }
    return {
      ...{ key: grantKey(checkSubjectId(subjectId), checkEventId(id)), subjectId, id, account },
      ...{ source: "manual", ofPlan: false, priority, effectiveAt, expiresAt },
      amount: checkAmount(input.amount, decimals),
      rollover: checkRollover(input.rollover, decimals),
    };
  }

  return {
    async grant(input, tx) {
      const now = clock.now();
      const grant = grantOf(input, now);
      const given = await database.transaction((inside) => giveAndPayUp(inside, grant, now, options), tx);
      return shown(given, now);
    },

    void: ({ subjectId, id }, tx) =>
      database.transaction(async (inside) => {
        const now = clock.now();
        await sought(inside, subjectId, id, now);
        await store.lockSubjects(inside, [subjectId], now);
        const { grants, grant } = await sought(inside, subjectId, id, now);
        if (grant.closedAt === null) closeGrant(grant, "void", now);
        await credits.write(inside, grants);
        return shown(grant, now);
      }, tx),

    async balances(subjectId, tx) {
      const now = clock.now();
      const grants = await present(tx ?? database, subjectId, now);
      const terms = await entitlements.find(tx ?? database, subjectId);
      const live = grants.filter((grant) => isLive(grant, terms ? presentOf(terms, now) : now));
      return [...Map.groupBy(live, ({ account }) => account)].map(([account, theirs]) => ({
        account: accountOf(account),
        remaining: unit(
          account,
          theirs.reduce((sum, { remaining }) => sum + remaining, 0),
        ),
        credits: theirs.sort(byDrawingOrder(account)).map((grant) => shown(grant, now)),
      }));
    },

    async list(subjectId, page, tx) {
      const { data, next } = await credits.list(tx ?? database, checkSubjectId(subjectId), page);
      const now = clock.now();
      return { data: data.map((grant) => shown(grant, now)), next };
    },

    async entries({ subjectId, id, ...page }, tx) {
      const { key, account } = await found(tx ?? database, subjectId, id);
      const { data, next } = await credits.entries(tx ?? database, key, page);
      return { data: data.map((entry) => ({ ...entry, quantity: unit(account, entry.quantity) })), next };
    },

    creditedOf: (handle, counterKeys) => store.tallied(handle, "credited", counterKeys),
  };
}

function stateOf({ closedBy, expiresAt, effectiveAt, remaining }: LiveGrant, now: Date): Credit["state"] {
  if (closedBy === "void") return "void";
  if (closedBy === "expiry" || (expiresAt !== null && expiresAt <= now)) return "expired";
  if (effectiveAt > now) return "pending";
  return remaining > 0 ? "active" : "used";
}

function checkAccount({ pool, feature }: GrantInput, plans: Plans): string {
  if ((pool === undefined) === (feature === undefined)) throw invalid("A credit is of a pool or of a feature.");
  if (pool !== undefined) {
    if (plans.pools.some(({ id }) => id === pool)) return poolAccount(pool);
    throw invalid(`There is no pool "${pool}".`);
  }
  const counted = countedFeature(plans, feature ?? "");
  const { id, kind } = counted;
  if (!addsUp(counted)) throw invalid(`"${id}" does not add up, so no part of it can be paid for.`);
  if (kind !== "metered") throw invalid(`"${id}" is a standing count, whose limit an override raises.`);
  return featureAccount(id);
}

function checkAmount(amount: number | string, decimals: number): number {
  const scaled = scaledOr(amount, decimals);
  if (scaled > 0) return scaled;
  throw invalid("The amount of a credit is above 0.");
}

function checkRollover(rollover: GrantInput["rollover"], decimals: number): Rollover | null {
  if (rollover === undefined) return null;
  const { cap, days } = rollover;
  if (!(Number.isInteger(days) && days >= 1 && days <= maxDays)) {
    throw invalid(`What rolls over lasts from 1 to ${maxDays} days.`);
  }
  const scaled = cap === null ? null : scaledOr(cap, decimals);
  if (scaled !== null && scaled < 0) throw invalid("What rolls over at most is not negative.");
  return { cap: scaled, days };
}

function scaledOr(value: number | string, decimals: number): number {
  try {
    return toScaled(value, decimals);
  } catch (error) {
    throw saasErrors.invalid_credit({
      detail: isRevopsError(error) ? error.message : "The amount is no number.",
      cause: error,
    });
  }
}

function invalid(detail: string) {
  return saasErrors.invalid_credit({ detail });
}
