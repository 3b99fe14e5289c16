/** Tells customers what happened: endpoints of their own, signed messages in order, and a log of every try. */
import {
  type Clock,
  createId,
  dayMs,
  hourMs,
  type JsonObject,
  type Logger,
  type Page,
  type PageRequest,
  silentLogger,
  systemClock,
} from "@revops/core";
import { type Database, repeating, type Tx } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import { derivedKey } from "../derived-key.ts";
import { createSeal } from "../idempotency/seal.ts";
import { apiErrors } from "../problems/errors.ts";
import { checkWebhookUrl } from "./addresses.ts";
import { enqueueDelivery, registerDelivering, resendJob } from "./delivering.ts";
import type {
  DeliveryState,
  NewWebhookEndpoint,
  WebhookDelivery,
  WebhookDeliveryDetails,
  WebhookEndpoint,
} from "./endpoint.ts";
import { createPost } from "./post.ts";
import { createSigningSecret } from "./signature.ts";
import { createWebhookStore, type StoredEndpoint } from "./store.ts";

/** Whose endpoint; another's is as unknown as none. */
export interface EndpointOfSubject {
  readonly subjectId: string;
  readonly endpointId: string;
}

export interface NewEndpoint {
  readonly subjectId: string;
  /** An https address of the public internet, unless private ones are allowed. */
  readonly url: string;
  readonly description?: string | null | undefined;
  /** Types of events; every type when left out. */
  readonly events?: readonly string[] | undefined;
}

export interface EndpointChanges {
  readonly url?: string | undefined;
  readonly description?: string | null | undefined;
  readonly events?: readonly string[] | undefined;
  /** Turned on again, it is sent what has waited. */
  readonly enabled?: boolean | undefined;
}

export interface WebhookMessage {
  readonly subjectId: string;
  /** `subscription.changed` */
  readonly type: string;
  /** What the receiver reads; JSON. */
  readonly data: object;
}

export interface OutgoingWebhooks {
  /**
   * Says something to a customer, in the transaction in which it happened. Does nothing when nobody listens.
   * @returns the message's id, or null when nobody listens
   * @example await webhooks.send({ subjectId, type: "report.ready", data: { reportId } }, tx);
   */
  send(message: WebhookMessage, tx?: Tx): Promise<string | null>;
  readonly endpoints: {
    /** @throws `invalid_webhook_url`, `too_many_webhook_endpoints` (20) */
    create(endpoint: NewEndpoint, tx?: Tx): Promise<NewWebhookEndpoint>;
    list(subjectId: string, page: PageRequest): Promise<Page<WebhookEndpoint>>;
    /** @throws `not_found` */
    get(whose: EndpointOfSubject): Promise<WebhookEndpoint>;
    /** @throws `not_found`, `invalid_webhook_url` */
    change(whose: EndpointOfSubject, changes: EndpointChanges, tx?: Tx): Promise<WebhookEndpoint>;
    /**
     * Makes a new signing secret. The old one signs too for `overlapSeconds` (a day unless said otherwise), so that a
     * receiver can take the new one in at its leisure.
     * @throws `not_found`
     */
    rotateSecret(
      whose: EndpointOfSubject,
      options?: { readonly overlapSeconds?: number | undefined },
      tx?: Tx,
    ): Promise<NewWebhookEndpoint>;
    /** Removes it with all that it was sent. @throws `not_found` */
    remove(whose: EndpointOfSubject, tx?: Tx): Promise<void>;
    /** Sends a `ping`. @throws `not_found`, `webhook_endpoint_disabled` */
    test(whose: EndpointOfSubject): Promise<WebhookDelivery>;
  };
  readonly deliveries: {
    /** Newest first. @throws `not_found` */
    list(
      whose: EndpointOfSubject,
      page: PageRequest & { readonly state?: DeliveryState | undefined },
    ): Promise<Page<WebhookDelivery>>;
    /** @throws `not_found` */
    get(whose: EndpointOfSubject, deliveryId: string): Promise<WebhookDeliveryDetails>;
    /** Sends it once more, out of turn, whatever became of it. @throws `not_found` */
    resend(whose: EndpointOfSubject, deliveryId: string): Promise<WebhookDelivery>;
  };
  /** Forgets a customer. */
  forget(subjectId: string, tx?: Tx): Promise<void>;
}

export interface OutgoingWebhooksOptions {
  readonly database: Database;
  /** Delivers; `jobs.start()` must be called. */
  readonly jobs: Jobs;
  /** At least 32 bytes, the same in every instance: seals the secrets that sign. */
  readonly secret: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Whether endpoints may be inside private networks, without https: for development, or where all customers are one's own. */
  readonly allowPrivateAddresses?: boolean;
}

const maxEndpoints = 20;
const keptMs = 30 * dayMs;
const standardOverlapSeconds = dayMs / 1000;

/**
 * Makes it. Apply `apiMigrations` to the database first.
 * @example
 * const webhooks = createOutgoingWebhooks({ database, jobs, secret });
 * tellCustomers(facts, webhooks);
 * const { app } = createApi({ …, webhooks });
 */
export function createOutgoingWebhooks(options: OutgoingWebhooksOptions): OutgoingWebhooks {
  const { jobs, secret, clock = systemClock, logger = silentLogger } = options;
  const database = repeating(options.database);
  const { allowPrivateAddresses: allowPrivate = false } = options;
  const store = createWebhookStore(database);
  const seal = createSeal(derivedKey(secret, "webhook-secrets"));

  function secretsOf({ id, secret: current, previousSecret, previousSecretUntil }: StoredEndpoint): string[] {
    const both = previousSecret && previousSecretUntil && previousSecretUntil > clock.now();
    const sealed = both ? [current, previousSecret] : [current];
    return sealed.map((each) => seal.open(each, id)).filter((opened) => opened !== null);
  }

  registerDelivering({ database, clock, jobs, logger, store, secretsOf, post: createPost({ allowPrivate }) });
  jobs.schedule("api.webhook-sweep", hourMs, async () => {
    await database.transaction((tx) => store.removeOlderThan(tx, new Date(clock.now().getTime() - keptMs)));
  });

  /** Adds a message and its deliveries to these endpoints. */
  async function say({ subjectId, type, data }: WebhookMessage, endpointIds: readonly string[], tx: Tx) {
    const createdAt = clock.now();
    const messageId = createId("msg", createdAt);
    const sequence = await store.nextSequence(tx, subjectId);
    const body = JSON.stringify({ id: messageId, type, sequence, createdAt, data });
    await store.insertMessage(tx, { id: messageId, subjectId, type, sequence, body, createdAt });
    const rows = endpointIds.map((endpointId) => ({
      id: createId("whd", createdAt),
      endpointId,
      messageId,
      sequence,
      state: "pending" as const,
      attempts: 0,
      nextAttemptAt: null,
      createdAt,
    }));
    await store.insertDeliveries(tx, rows);
    for (const endpointId of endpointIds) await enqueueDelivery(jobs, endpointId, { tx });
    return { messageId, sequence, deliveries: rows };
  }

  async function found(whose: EndpointOfSubject, tx?: Tx): Promise<StoredEndpoint> {
    const endpoint = await store.findEndpoint(tx ?? database, whose);
    if (!endpoint) throw apiErrors.not_found();
    return endpoint;
  }

  async function shownDelivery(whose: EndpointOfSubject, deliveryId: string) {
    const delivery = await store.showDelivery(whose, deliveryId);
    if (!delivery) throw apiErrors.not_found();
    return delivery;
  }

  return {
    send: (message, tx) =>
      database.transaction(async (inner) => {
        const listeners = await store.listeners(inner, message.subjectId);
        const ids = listeners.filter(({ events }) => events.includes("*") || events.includes(message.type));
        if (ids.length === 0) return null;
        return (
          await say(
            message,
            ids.map(({ id }) => id),
            inner,
          )
        ).messageId;
      }, tx),

    endpoints: {
      async create({ subjectId, url, description = null, events = ["*"] }, tx) {
        const createdAt = clock.now();
        const signing = createSigningSecret();
        const id = createId("whe", createdAt);
        const endpoint: WebhookEndpoint = {
          id,
          url: checkWebhookUrl(url, allowPrivate),
          description,
          events: [...new Set(events)],
          enabled: true,
          createdAt,
        };
        const hidden = { secret: seal.close(signing, id), previousSecret: null, previousSecretUntil: null };
        await database.transaction(async (inner) => {
          const fits = await store.insertEndpoint(
            inner,
            { ...endpoint, ...hidden, subjectId, healthyAt: createdAt },
            maxEndpoints,
          );
          if (!fits) throw apiErrors.too_many_webhook_endpoints({ fields: { limit: maxEndpoints } });
        }, tx);
        return { ...endpoint, secret: signing };
      },
      list: store.listEndpoints,
      get: async (whose) => shownEndpoint(await found(whose)),
      async change(whose, { url, description, events, enabled }, tx) {
        const checked = url === undefined ? undefined : checkWebhookUrl(url, allowPrivate);
        return database.transaction(async (inner) => {
          const before = await found(whose, inner);
          const turnedOn = enabled === true && !before.enabled;
          const changed = await store.changeEndpoint(inner, whose, {
            url: checked ?? before.url,
            ...(description === undefined ? {} : { description }),
            ...(events === undefined ? {} : { events: [...new Set(events)] }),
            ...(enabled === undefined ? {} : { enabled }),
            ...(turnedOn ? { healthyAt: clock.now() } : {}),
          });
          if (!changed) throw apiErrors.not_found();
          if (turnedOn) await enqueueDelivery(jobs, whose.endpointId, { tx: inner });
          return changed;
        }, tx);
      },
      async rotateSecret(whose, { overlapSeconds = standardOverlapSeconds } = {}, tx) {
        const signing = createSigningSecret();
        return database.transaction(async (inner) => {
          const before = await found(whose, inner);
          const changed = await store.changeEndpoint(inner, whose, {
            secret: seal.close(signing, before.id),
            previousSecret: before.secret,
            previousSecretUntil: new Date(clock.now().getTime() + overlapSeconds * 1000),
          });
          if (!changed) throw apiErrors.not_found();
          return { ...changed, secret: signing };
        }, tx);
      },
      async remove(whose, tx) {
        const removed = await database.transaction((inner) => store.removeEndpoint(inner, whose), tx);
        if (!removed) throw apiErrors.not_found();
      },
      test: (whose) =>
        database.transaction(async (tx) => {
          const { enabled } = await found(whose, tx);
          if (!enabled) throw apiErrors.webhook_endpoint_disabled();
          const message = { subjectId: whose.subjectId, type: "ping", data: { endpointId: whose.endpointId } };
          const { deliveries } = await say(message, [whose.endpointId], tx);
          const [delivery] = deliveries;
          if (!delivery) throw new Error("One endpoint has one delivery.");
          const { endpointId: _, ...shown } = delivery;
          return { ...shown, type: message.type };
        }),
    },

    deliveries: {
      async list(whose, page) {
        await found(whose);
        return store.listDeliveries(whose.endpointId, page);
      },
      async get(whose, deliveryId) {
        const { body, ...delivery } = await shownDelivery(whose, deliveryId);
        // It was written by `say`: an object.
        return { ...delivery, payload: JSON.parse(body) as JsonObject, log: await store.listAttempts(deliveryId) };
      },
      async resend(whose, deliveryId) {
        const { body: _, ...delivery } = await shownDelivery(whose, deliveryId);
        await jobs.enqueue({ name: resendJob, payload: { deliveryId }, dedupeKey: deliveryId });
        return delivery;
      },
    },

    forget: (subjectId, tx) => database.transaction((inner) => store.removeSubject(inner, subjectId), tx),
  };
}

function shownEndpoint({ id, url, description, events, enabled, createdAt }: StoredEndpoint): WebhookEndpoint {
  return { id, url, description, events, enabled, createdAt };
}
