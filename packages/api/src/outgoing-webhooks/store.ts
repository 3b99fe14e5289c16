/** The SQL of customers' endpoints. */
import { type Page, type PageRequest, pageOf } from "@revops/core";
import type { Database, Handle } from "@revops/database";
import { and, asc, count, desc, eq, inArray, lt, notExists, type SQL, sql } from "drizzle-orm";
import { apiTables } from "../schema.ts";
import type { DeliveryState, WebhookAttempt, WebhookDelivery, WebhookEndpoint } from "./endpoint.ts";

/** An endpoint with what signs its messages, sealed. */
export interface StoredEndpoint extends WebhookEndpoint {
  readonly secret: Buffer;
  readonly previousSecret: Buffer | null;
  readonly previousSecretUntil: Date | null;
  readonly healthyAt: Date;
}

export interface EndpointChange {
  readonly url?: string;
  readonly description?: string | null;
  readonly events?: string[];
  readonly enabled?: boolean;
  readonly healthyAt?: Date;
  readonly secret?: Buffer;
  readonly previousSecret?: Buffer;
  readonly previousSecretUntil?: Date;
}

/** What is to be sent next. */
export interface DueDelivery {
  readonly id: string;
  readonly messageId: string;
  readonly body: string;
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
}

export interface Outcome {
  readonly state: DeliveryState;
  readonly nextAttemptAt: Date | null;
}

interface Owned {
  readonly subjectId: string;
  readonly endpointId: string;
}

export type WebhookStore = ReturnType<typeof createWebhookStore>;

export function createWebhookStore(database: Database) {
  const tables = apiTables(database.dialect);
  const { webhookEndpoints: endpoints, webhookMessages: messages, webhookDeliveries: deliveries } = tables;
  const { webhookAttempts: attempts, webhookSequences: sequences } = tables;

  const shownEndpoint = {
    id: endpoints.id,
    url: endpoints.url,
    description: endpoints.description,
    events: endpoints.events,
    enabled: endpoints.enabled,
    createdAt: endpoints.createdAt,
  };
  const storedEndpoint = {
    ...shownEndpoint,
    secret: endpoints.secret,
    previousSecret: endpoints.previousSecret,
    previousSecretUntil: endpoints.previousSecretUntil,
    healthyAt: endpoints.healthyAt,
  };
  const shownDelivery = {
    id: deliveries.id,
    messageId: deliveries.messageId,
    type: messages.type,
    sequence: deliveries.sequence,
    state: deliveries.state,
    attempts: deliveries.attempts,
    nextAttemptAt: deliveries.nextAttemptAt,
    createdAt: deliveries.createdAt,
  };
  const owned = ({ subjectId, endpointId }: Owned): SQL | undefined =>
    and(eq(endpoints.id, endpointId), eq(endpoints.subjectId, subjectId));

  /** All that hangs on deliveries, before they themselves go. */
  async function removeDeliveriesOf(handle: Handle, endpointIds: readonly string[]): Promise<void> {
    if (endpointIds.length === 0) return;
    const of = inArray(deliveries.endpointId, [...endpointIds]);
    const ids = handle.db.select({ id: deliveries.id }).from(deliveries).where(of);
    await handle.db.delete(attempts).where(inArray(attempts.deliveryId, ids));
    await handle.db.delete(deliveries).where(of);
  }

  return {
    /** False when the customer has as many as there may be. */
    async insertEndpoint(
      handle: Handle,
      endpoint: StoredEndpoint & { readonly subjectId: string },
      most: number,
    ): Promise<boolean> {
      const values = { ...endpoint, events: [...endpoint.events], leasedUntil: 0, leaseToken: null };
      // Takes the customer's row until the commit: of two who add at once, the second counts what the first added.
      await handle.db
        .insert(sequences)
        .values({ subjectId: endpoint.subjectId, last: 0 })
        .onConflictDoUpdate({ target: sequences.subjectId, set: { last: sql`${sequences.last}` } });
      await handle.db.insert(endpoints).values(values);
      const [row] = await handle.db
        .select({ found: count() })
        .from(endpoints)
        .where(eq(endpoints.subjectId, endpoint.subjectId));
      return (row?.found ?? 0) <= most;
    },

    async listEndpoints(subjectId: string, { limit, after }: PageRequest): Promise<Page<WebhookEndpoint>> {
      const rows = await database.db
        .select(shownEndpoint)
        .from(endpoints)
        .where(and(eq(endpoints.subjectId, subjectId), after === undefined ? undefined : lt(endpoints.id, after)))
        .orderBy(desc(endpoints.id))
        .limit(limit + 1);
      return pageOf(rows, limit, ({ id }) => id);
    },

    async findEndpoint(handle: Handle, whose: Owned): Promise<StoredEndpoint | undefined> {
      const [row] = await handle.db.select(storedEndpoint).from(endpoints).where(owned(whose));
      return row;
    },

    /** For whoever sends: by its id alone. */
    async readEndpoint(endpointId: string): Promise<StoredEndpoint | undefined> {
      const [row] = await database.db.select(storedEndpoint).from(endpoints).where(eq(endpoints.id, endpointId));
      return row;
    },

    async changeEndpoint(handle: Handle, whose: Owned, change: EndpointChange): Promise<WebhookEndpoint | undefined> {
      const [row] = await handle.db.update(endpoints).set(change).where(owned(whose)).returning(shownEndpoint);
      return row;
    },

    /** Turns it off, unless something arrived since then. */
    async disable(handle: Handle, endpointId: string, unhealthySince: Date): Promise<boolean> {
      const rows = await handle.db
        .update(endpoints)
        .set({ enabled: false })
        .where(and(eq(endpoints.id, endpointId), lt(endpoints.healthyAt, unhealthySince)))
        .returning({ id: endpoints.id });
      return rows.length === 1;
    },

    async removeEndpoint(handle: Handle, whose: Owned): Promise<boolean> {
      const rows = await handle.db.delete(endpoints).where(owned(whose)).returning({ id: endpoints.id });
      await removeDeliveriesOf(
        handle,
        rows.map(({ id }) => id),
      );
      return rows.length === 1;
    },

    /** All that is known of a customer. */
    async removeSubject(handle: Handle, subjectId: string): Promise<void> {
      const rows = await handle.db
        .delete(endpoints)
        .where(eq(endpoints.subjectId, subjectId))
        .returning({ id: endpoints.id });
      await removeDeliveriesOf(
        handle,
        rows.map(({ id }) => id),
      );
      await handle.db.delete(messages).where(eq(messages.subjectId, subjectId));
      await handle.db.delete(sequences).where(eq(sequences.subjectId, subjectId));
    },

    /** Who listens, oldest first: the same order in every transaction. */
    async listeners(handle: Handle, subjectId: string): Promise<{ id: string; events: string[] }[]> {
      return handle.db
        .select({ id: endpoints.id, events: endpoints.events })
        .from(endpoints)
        .where(and(eq(endpoints.subjectId, subjectId), eq(endpoints.enabled, true)))
        .orderBy(asc(endpoints.id));
    },

    /** The customer's next number, theirs alone until the commit. */
    async nextSequence(handle: Handle, subjectId: string): Promise<number> {
      const [row] = await handle.db
        .insert(sequences)
        .values({ subjectId, last: 1 })
        .onConflictDoUpdate({ target: sequences.subjectId, set: { last: sql`${sequences.last} + 1` } })
        .returning({ last: sequences.last });
      if (!row) throw new Error("An upsert gives its row.");
      return row.last;
    },

    async insertMessage(handle: Handle, message: typeof messages.$inferInsert): Promise<void> {
      await handle.db.insert(messages).values(message);
    },

    async insertDeliveries(handle: Handle, rows: (typeof deliveries.$inferInsert)[]): Promise<void> {
      if (rows.length > 0) await handle.db.insert(deliveries).values(rows);
    },

    /** Takes an endpoint for a while, or goes on holding it; false when another process has it, or it is gone. */
    async lease(endpointId: string, leaseToken: string, machineNow: number, leasedUntil: number): Promise<boolean> {
      const free = sql`(${endpoints.leasedUntil} < ${machineNow} or ${endpoints.leaseToken} = ${leaseToken})`;
      const rows = await database.db
        .update(endpoints)
        .set({ leaseToken, leasedUntil })
        .where(and(eq(endpoints.id, endpointId), free))
        .returning({ id: endpoints.id });
      return rows.length === 1;
    },

    async release(endpointId: string, leaseToken: string): Promise<void> {
      await database.db
        .update(endpoints)
        .set({ leaseToken: null, leasedUntil: 0 })
        .where(and(eq(endpoints.id, endpointId), eq(endpoints.leaseToken, leaseToken)));
    },

    /** The oldest that has not arrived and was not given up. */
    async nextDelivery(endpointId: string): Promise<DueDelivery | undefined> {
      const [row] = await database.db
        .select({
          id: deliveries.id,
          messageId: messages.id,
          body: messages.body,
          attempts: deliveries.attempts,
          nextAttemptAt: deliveries.nextAttemptAt,
        })
        .from(deliveries)
        .innerJoin(messages, eq(messages.id, deliveries.messageId))
        .where(and(eq(deliveries.endpointId, endpointId), eq(deliveries.state, "pending")))
        .orderBy(asc(deliveries.sequence))
        .limit(1);
      return row;
    },

    async findDelivery(
      deliveryId: string,
    ): Promise<(DueDelivery & { endpointId: string; state: DeliveryState }) | undefined> {
      const [row] = await database.db
        .select({
          id: deliveries.id,
          endpointId: deliveries.endpointId,
          state: deliveries.state,
          messageId: messages.id,
          body: messages.body,
          attempts: deliveries.attempts,
          nextAttemptAt: deliveries.nextAttemptAt,
        })
        .from(deliveries)
        .innerJoin(messages, eq(messages.id, deliveries.messageId))
        .where(eq(deliveries.id, deliveryId));
      return row;
    },

    /**
     * Keeps a try, and what follows from it. What has arrived has arrived: another try that failed beside it changes nothing
     * but the count, and one without an outcome, such as of what is sent again, never does.
     */
    async recordAttempt(
      handle: Handle,
      attempt: WebhookAttempt & { readonly id: string; readonly deliveryId: string },
      outcome: Outcome | null,
    ): Promise<void> {
      await handle.db.insert(attempts).values(attempt);
      const those = eq(deliveries.id, attempt.deliveryId);
      const counted = { attempts: sql`${deliveries.attempts} + 1` };
      await handle.db.update(deliveries).set(counted).where(those);
      if (!outcome) return;
      const open = outcome.state === "delivered" ? undefined : eq(deliveries.state, "pending");
      await handle.db.update(deliveries).set(outcome).where(and(those, open));
    },

    async markHealthy(handle: Handle, endpointId: string, healthyAt: Date): Promise<void> {
      await handle.db.update(endpoints).set({ healthyAt }).where(eq(endpoints.id, endpointId));
    },

    async listDeliveries(
      endpointId: string,
      { limit, after, state }: PageRequest & { readonly state?: DeliveryState | undefined },
    ): Promise<Page<WebhookDelivery>> {
      const rows = await database.db
        .select(shownDelivery)
        .from(deliveries)
        .innerJoin(messages, eq(messages.id, deliveries.messageId))
        .where(
          and(
            eq(deliveries.endpointId, endpointId),
            state === undefined ? undefined : eq(deliveries.state, state),
            after === undefined ? undefined : lt(deliveries.id, after),
          ),
        )
        .orderBy(desc(deliveries.id))
        .limit(limit + 1);
      return pageOf(rows, limit, ({ id }) => id);
    },

    async showDelivery(whose: Owned, deliveryId: string): Promise<(WebhookDelivery & { body: string }) | undefined> {
      const [row] = await database.db
        .select({ ...shownDelivery, body: messages.body })
        .from(deliveries)
        .innerJoin(messages, eq(messages.id, deliveries.messageId))
        .innerJoin(endpoints, eq(endpoints.id, deliveries.endpointId))
        .where(and(eq(deliveries.id, deliveryId), owned(whose)));
      return row;
    },

    async listAttempts(deliveryId: string): Promise<WebhookAttempt[]> {
      return database.db
        .select({
          at: attempts.at,
          status: attempts.status,
          error: attempts.error,
          durationMs: attempts.durationMs,
        })
        .from(attempts)
        .where(eq(attempts.deliveryId, deliveryId))
        .orderBy(asc(attempts.id));
    },

    /** Messages that nobody waits for any more, with their deliveries and tries. */
    async removeOlderThan(handle: Handle, before: Date): Promise<number> {
      const waiting = handle.db
        .select({ one: sql`1` })
        .from(deliveries)
        .where(and(eq(deliveries.messageId, messages.id), eq(deliveries.state, "pending")));
      const rows = await handle.db
        .delete(messages)
        .where(and(lt(messages.createdAt, before), notExists(waiting)))
        .returning({ id: messages.id });
      for (let from = 0; from < rows.length; from += 500) {
        const of = inArray(
          deliveries.messageId,
          rows.slice(from, from + 500).map(({ id }) => id),
        );
        const ids = handle.db.select({ id: deliveries.id }).from(deliveries).where(of);
        await handle.db.delete(attempts).where(inArray(attempts.deliveryId, ids));
        await handle.db.delete(deliveries).where(of);
      }
      return rows.length;
    },
  };
}
