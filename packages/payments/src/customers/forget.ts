/**
 * Forgetting who is erased. What we keep of them goes in the caller's transaction; what Stripe keeps, by a job that goes on until
 * Stripe has nothing left. See docs/decisions/0051.
 */
import { type Clock, dayMs, hourMs, isRevopsError, minuteMs } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import type Stripe from "stripe";
import type { Calls } from "../calls/calls.ts";
import type { CallStore } from "../calls/store.ts";
import type { ConnectedAccountStore } from "../connected-accounts/store.ts";
import { paymentsErrors } from "../errors.ts";
import { ask, readOrNull } from "../gateway/refusal.ts";
import type { Pages } from "../pages/pages.ts";
import type { Subscriptions } from "../subscriptions/subscriptions.ts";
import type { UsageBillStore } from "../usage/store.ts";
import type { Inbox } from "../webhooks/store.ts";
import { purposeOfCustomer } from "./customers.ts";
import type { Forgotten, ForgottenStore } from "./forgotten-store.ts";
import type { CustomerStore } from "./store.ts";

/** The job that takes away what Stripe has. */
const forgetJob = "payments.customers.forget";

/** Asked for in the transaction that makes it necessary: of someone who is forgotten, something came (back). */
export const forgetAgain = (jobs: Pick<Jobs, "enqueue">, tx: Tx, subjectId: string): Promise<unknown> =>
  jobs.enqueue({ name: forgetJob, payload: { subjectId }, dedupeKey: subjectId }, tx);

export interface ForgetCustomer {
  readonly subjectId: string;
  /**
   * How long the cards may stay at Stripe, for what is still to be charged to them: the bill of what was used up to now, which is
   * not written yet. At once when left out.
   */
  readonly cardsUntil?: Date | undefined;
}

/** A bill that Stripe cannot be told of is not waited for longer: nobody's card is kept for it. */
const patienceMs = dayMs;
/** With pauses that double to an hour: nine hours. Who is not settled then is tried again every day, for as long as it takes. */
const maxAttempts = 20;
const triedForMs = 10 * hourMs;
const maxRounds = 4;
const batch = 100;

export function createForget(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly jobs: Jobs;
  readonly stripe: Stripe;
  readonly store: ForgottenStore;
  readonly customers: CustomerStore;
  readonly accounts: ConnectedAccountStore;
  readonly calls: Calls;
  readonly callStore: CallStore;
  readonly inbox: Pick<Inbox, "forgetBodies">;
  readonly subscriptions: Pick<Subscriptions, "cancel">;
  readonly pages: Pick<Pages, "expireOpen">;
  readonly usage: Pick<UsageBillStore, "areBeingSent">;
}): (input: ForgetCustomer, tx?: Tx) => Promise<void> {
  const {
    database,
    clock,
    jobs,
    stripe,
    store,
    customers,
    accounts,
    calls,
    callStore,
    inbox,
    subscriptions,
    pages,
    usage,
  } = options;

  async function endSubscription(subjectId: string): Promise<void> {
    await subscriptions.cancel({ subjectId, immediately: true }).catch((error: unknown) => {
      if (!isRevopsError(error, "subscription_not_found")) throw error;
    });
  }

  async function takeNames(subjectId: string, customer: Stripe.Customer): Promise<boolean> {
    const { id, email, name, phone, address, shipping } = customer;
    if (!email && !name && !phone && !address && !shipping) return false;
    // Stripe takes an empty text for nothing.
    const params = { id, email: "", name: "", phone: "", address: "" as const, shipping: "" as const };
    await calls.perform({ operation: "customer.update", params, subjectId, purpose: `forget:${id}` });
    return true;
  }

  /** As Stripe lists them: one that we never heard of goes too. */
  async function takeCards(subjectId: string, customer: string): Promise<boolean> {
    const listed = stripe.customers.listPaymentMethods(customer, { limit: 100 });
    const cards = await ask(listed.autoPagingToArray({ limit: 10_000 }));
    for (const { id } of cards) {
      const call = { operation: "payment_method.detach" as const, params: { id }, subjectId, purpose: `detach:${id}` };
      // Detached by another meanwhile: the next look says so.
      await calls.perform(call).catch((error: unknown) => {
        if (!isRevopsError(error, "stripe_rejected")) throw error;
      });
    }
    return cards.length > 0;
  }

  /** A call that was under way already is finished instead, whatever comes of it: what is left is looked for again. */
  async function untilNothingIsLeft(take: () => Promise<boolean>): Promise<void> {
    for (let rounds = 1; rounds <= maxRounds; rounds++) if (!(await take())) return;
    throw paymentsErrors.change_in_progress({ detail: "Stripe has something of a forgotten customer still." });
  }

  /** When there may be something left to charge: the time to look again; null when the cards can go. */
  async function cardsGoAt({ subjectId, forgottenAt, cardsUntil }: Forgotten): Promise<Date | null> {
    const now = clock.now();
    if (now < cardsUntil) return cardsUntil;
    const latest = Math.max(cardsUntil.getTime(), forgottenAt.getTime() + patienceMs);
    const owes = now.getTime() < latest && (await usage.areBeingSent(database, subjectId));
    return owes ? new Date(now.getTime() + minuteMs) : null;
  }

  /** Whether Stripe has nothing left; nothing is asked twice that is done. */
  async function endAtStripe(one: Forgotten): Promise<boolean> {
    const { subjectId } = one;
    const account = await accounts.find(database, subjectId);
    if (account) await inbox.forgetBodies(database, { naming: account.stripeAccountId });
    await calls.finish(purposeOfCustomer(subjectId));
    const known = await customers.find(database, subjectId);
    if (!known) {
      if (await callStore.findOpen(database, purposeOfCustomer(subjectId))) throw paymentsErrors.stripe_unavailable();
      return true;
    }
    const { stripeCustomerId: id } = known;
    // Before Stripe is asked: whether or not it is there.
    await inbox.forgetBodies(database, { naming: id });
    const present = async () => {
      const customer = await readOrNull(stripe.customers.retrieve(id));
      return customer === null || customer.deleted ? null : customer;
    };
    if ((await present()) === null) return true;
    const failures = [
      await failureOf(endSubscription(subjectId)),
      await failureOf(pages.expireOpen(id)),
      await failureOf(
        untilNothingIsLeft(async () => {
          const customer = await present();
          return customer !== null && takeNames(subjectId, customer);
        }),
      ),
    ];
    const runAt = await cardsGoAt(one);
    if (runAt !== null) {
      await jobs.enqueue({ name: forgetJob, payload: { subjectId }, runAt, dedupeKey: subjectId });
      return false;
    }
    await untilNothingIsLeft(() => takeCards(subjectId, id));
    const failure = failures.find((one) => one !== null);
    if (failure) throw failure;
    return true;
  }

  jobs.handle<{ subjectId: string }>(
    forgetJob,
    async ({ subjectId }) => {
      const one = await store.find(database, subjectId);
      if (!one) return;
      const settled = await endAtStripe(one);
      await database.transaction(async (tx) => {
        await store.empty(tx, subjectId);
        if (settled) await store.settle(tx, subjectId, clock.now());
      });
      // What that changed stands in SQLite's log still.
      await database.emptyLog?.();
    },
    { maxAttempts },
  );
  // What a dead job left.
  jobs.schedule("payments.customers.forgotten", dayMs, async () => {
    const since = new Date(clock.now().getTime() - triedForMs);
    for (let after = ""; ; ) {
      const overdue = await store.listOverdue(database, since, after, batch);
      for (const { subjectId } of overdue) {
        await database.transaction((tx) => forgetAgain(jobs, tx, subjectId));
      }
      const last = overdue.at(-1);
      if (!last || overdue.length < batch) return;
      after = last.subjectId;
    }
  });

  return ({ subjectId, cardsUntil }, tx) => {
    const forgottenAt = clock.now();
    return database.transaction(async (inside) => {
      // First, so that whoever is about to write something of theirs has done it or sees it.
      await store.hasNow(inside, subjectId);
      await store.add(inside, { subjectId, forgottenAt, cardsUntil: cardsUntil ?? forgottenAt });
      await store.empty(inside, subjectId);
      await forgetAgain(jobs, inside, subjectId);
    }, tx);
  };
}

/** One thing that Stripe refuses keeps none of the others. A Stripe that is away is not asked for them. */
async function failureOf(work: Promise<void>): Promise<Error | null> {
  try {
    await work;
    return null;
  } catch (error) {
    const isAway = isRevopsError(error, "stripe_unavailable") || isRevopsError(error, "stripe_rate_limited");
    if (isAway || !(error instanceof Error)) throw error;
    return error;
  }
}
