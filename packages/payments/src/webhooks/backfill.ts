/** Fetches the events that no delivery brought: after an outage that was longer than Stripe's patience. */
import { type Clock, hourMs } from "@revops/core";
import type Stripe from "stripe";
import { ask } from "../gateway/refusal.ts";
import type { Watermarks } from "../watermarks/watermarks.ts";
import { readEvent, type VerifiedEvent } from "./signature.ts";

const watermark = "events";
/** An event may be listed a little later than its time says. */
const overlapMs = hourMs;
/** https://docs.stripe.com/api/events: events are kept for 30 days. */
const keptMs = 30 * 24 * hourMs;

/** What became of a look through Stripe's events. */
export interface BackfillReport {
  /** How many Stripe has of that time. */
  readonly seen: number;
  /** How many of them were new to us, and are processed now. */
  readonly added: number;
}

export function createBackfill(options: {
  readonly clock: Clock;
  readonly stripe: Stripe;
  readonly watermarks: Watermarks;
  /** Stores an event as if it had been delivered; whether it was new. */
  readonly store: (event: VerifiedEvent) => Promise<boolean>;
}): (since?: Date) => Promise<BackfillReport> {
  const { clock, stripe, watermarks, store } = options;
  return async (since) => {
    const now = clock.now();
    const from = since ?? (await watermarks.get(watermark)) ?? now;
    const oldest = Math.max(from.getTime() - overlapMs, now.getTime() - keptMs, 0);
    const events: VerifiedEvent[] = [];
    const list = stripe.events.list({ created: { gte: Math.floor(oldest / 1_000) }, limit: 100 });
    await ask(list.autoPagingEach((event) => void events.push(readEvent(event, JSON.stringify(event)))));
    let added = 0;
    // Oldest first, as they would have come.
    for (const event of events.reverse()) if (await store(event)) added++;
    await watermarks.raise(watermark, now);
    return { seen: events.length, added };
  };
}
