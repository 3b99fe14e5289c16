/** The SQL of the inbox. */
import { type Page, pageOf } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { and, count, desc, eq, inArray, like, lt, or } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import { outlineOf } from "./outline.ts";
import type { EventState, EventsRequest, TypeCount, WebhookEvent } from "./webhook.ts";

export interface StoredEvent extends WebhookEvent {
  /** As it was signed; its outline once it is processed or a week old, and of what is ignored. */
  readonly body: string;
}

/** One that nobody has processed. */
export type NewEvent = Omit<StoredEvent, "processedAt">;

/** Events in one transaction. */
const chunkSize = 100;

export type Inbox = ReturnType<typeof createInbox>;

export function createInbox({ dialect }: Pick<Database, "dialect">) {
  const { events } = paymentsTables(dialect);
  const shown = {
    id: events.id,
    type: events.type,
    objectId: events.objectId,
    state: events.state,
    createdAt: events.createdAt,
    receivedAt: events.receivedAt,
    processedAt: events.processedAt,
  };
  return {
    /** The ids of those that were not there yet. */
    async insert(tx: Tx, received: readonly NewEvent[]): Promise<Set<string>> {
      const inserted = await tx.db
        .insert(events)
        .values([...received])
        .onConflictDoNothing()
        .returning({ id: events.id });
      return new Set(inserted.map(({ id }) => id));
    },
    async find(handle: Handle, id: string): Promise<StoredEvent | null> {
      const [row] = await handle.db.select().from(events).where(eq(events.id, id));
      return row ?? null;
    },
    async findAll(handle: Handle, ids: readonly string[]): Promise<Map<string, WebhookEvent>> {
      if (ids.length === 0) return new Map();
      const rows = await handle.db
        .select(shown)
        .from(events)
        .where(inArray(events.id, [...ids]));
      return new Map(rows.map((row) => [row.id, row]));
    },
    /** Newest first. */
    async list(handle: Handle, { limit, after, type, state }: EventsRequest): Promise<Page<WebhookEvent>> {
      // Stripe's ids are in no order of their own: they only tell those of one millisecond apart.
      const [, at, id = ""] = /^(\d+)\.(.*)$/.exec(after ?? "") ?? [];
      const before = at === undefined ? null : new Date(Number(at));
      const rows = await handle.db
        .select(shown)
        .from(events)
        .where(
          and(
            type === undefined ? undefined : eq(events.type, type),
            state === undefined ? undefined : eq(events.state, state),
            before === null
              ? undefined
              : or(lt(events.receivedAt, before), and(eq(events.receivedAt, before), lt(events.id, id))),
          ),
        )
        .orderBy(desc(events.receivedAt), desc(events.id))
        .limit(limit + 1);
      return pageOf(rows, limit, (row) => `${row.receivedAt.getTime()}.${row.id}`);
    },
    /** From then on nobody needs what its body says. */
    async markProcessed(tx: Tx, event: StoredEvent, processedAt: Date): Promise<void> {
      await tx.db
        .update(events)
        .set({ state: "processed", processedAt, body: outlineOf(event) })
        .where(and(eq(events.id, event.id), eq(events.state, "received")));
    },
    /** Keeps but the outline of those that nobody has processed yet and that came before a time, or have a text in them. */
    async forgetBodies(database: Database, which: { receivedBefore: Date } | { naming: string }): Promise<void> {
      const meant =
        "naming" in which ? like(events.body, `%${which.naming}%`) : lt(events.receivedAt, which.receivedBefore);
      // An outline has no data.
      const whole = and(eq(events.state, "received"), like(events.body, '%"data"%'), meant);
      for (let left = true; left; ) {
        const found = await database.db.select(shown).from(events).where(whole).limit(chunkSize);
        await database.transaction(async (tx) => {
          for (const event of found) {
            await tx.db
              .update(events)
              .set({ body: outlineOf(event) })
              .where(and(eq(events.id, event.id), eq(events.state, "received")));
          }
        });
        left = found.length === chunkSize;
      }
    },
    async counts(handle: Handle): Promise<Record<EventState, number>> {
      const rows = await handle.db.select({ state: events.state, of: count() }).from(events).groupBy(events.state);
      const counts = { received: 0, processed: 0, ignored: 0 };
      for (const { state, of } of rows) counts[state] = Number(of);
      return counts;
    },
    async countsByType(handle: Handle): Promise<TypeCount[]> {
      const rows = await handle.db
        .select({ type: events.type, state: events.state, count: count() })
        .from(events)
        .groupBy(events.type, events.state)
        .orderBy(events.type, events.state);
      return rows.map((row) => ({ ...row, count: Number(row.count) }));
    },
  };
}
