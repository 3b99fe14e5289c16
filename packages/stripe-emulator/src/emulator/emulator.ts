import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { finishOnboarding } from "../accounts/accounts.ts";
import { createClockHand } from "../clock/clock.ts";
import type { EmulatorClock } from "../clock/emulator-clock.ts";
import { createTimeline } from "../clock/timeline.ts";
import { controlRouter } from "../control/control.ts";
import { createDeliveries } from "../events/deliveries.ts";
import { createFaults, type Faults } from "../faults/faults.ts";
import { plantSeed, readSeed, type Seed } from "../seed/seed.ts";
import { createIdempotencyKeys } from "../server/idempotency.ts";
import { createRequestLog } from "../server/request-log.ts";
import { closeApi, createApi } from "../server/server.ts";
import { type BillingSettings, createBillingSettings } from "../settings/billing-settings.ts";
import { clearDatabase, openDatabase } from "../store/database.ts";
import { createMeterEvents } from "../store/meter-events.ts";
import { createObjectStores } from "../store/objects.ts";
import { createTimers } from "../store/timers.ts";
import { createWebhookEndpoint } from "../webhook-endpoints/webhook-endpoints.ts";
import { dueHandlers } from "./due.ts";
import { includable, routes } from "./routes.ts";
import { createWork } from "./work.ts";

/** Where to post events. Without `secret` one is made; without `enabledEvents` all are sent. */
export interface WebhookEndpointOptions {
  url: string;
  secret?: string | undefined;
  enabledEvents?: readonly string[] | undefined;
  /** Gets the events of connected accounts instead of the platform's own. */
  connect?: boolean | undefined;
}
export interface EmulatorLogger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
export interface StripeEmulatorOptions {
  /** 0, the default, takes any free port. */
  port?: number | undefined;
  /** `127.0.0.1` unless told. */
  host?: string | undefined;
  /**
   * A SQLite file for the state; in memory when left out. Meant for one process at a time: those that share it share objects
   * and clock, and may each deliver the same webhook.
   */
  file?: string | undefined;
  /** What is there from the start: calls in the format of the Stripe CLI's fixtures, done when the state is empty. */
  seed?: Seed | undefined;
  webhookEndpoints?: readonly WebhookEndpointOptions[] | undefined;
  /** What one sets in Stripe's dashboard under Billing. */
  billing?: Partial<BillingSettings> | undefined;
  logger?: EmulatorLogger | undefined;
}
export interface StripeEmulator {
  readonly url: string;
  readonly port: number;
  readonly clock: EmulatorClock;
  /** Changes what one sets in Stripe's dashboard under Billing; what is left out stays. */
  configureBilling(change: Partial<BillingSettings>): BillingSettings;
  /** What shall go wrong, on demand. */
  readonly faults: Faults;
  /** An endpoint of this address that exists already is taken over: its secret and events are set anew. */
  addWebhookEndpoint(endpoint: WebhookEndpointOptions): Promise<{ id: string; secret: string }>;
  /** Gives all that a connected account still has to give, as its owner does on the onboarding page. @throws for an unknown id. */
  completeOnboarding(account: string): Promise<void>;
  /** Does the calls of a seed, all or none; answers with what each made, by its name. @throws RangeError for what cannot be. */
  seed(seed: Seed): Promise<Record<string, object>>;
  /** Resolves when every webhook that is due now has been attempted and answered. */
  settle(): Promise<void>;
  /** Forgets everything: objects, events, deliveries, keys, faults, the clock's offset. Endpoints given at the start are put back. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const nobody = { id: null, idempotencyKey: null };
const silent: EmulatorLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/**
 * Starts a local Stripe over HTTP.
 *
 * @example
 * const emulator = await startStripeEmulator({ webhookEndpoints: [{ url: "http://127.0.0.1:3000/webhooks", secret: "whsec_test" }] });
 * const stripe = new Stripe("sk_test_any", { host: "127.0.0.1", port: emulator.port, protocol: "http" });
 */
export async function startStripeEmulator(options: StripeEmulatorOptions = {}): Promise<StripeEmulator> {
  const { host = "127.0.0.1", logger = silent } = options;
  const database = openDatabase(options.file);
  const stores = createObjectStores(database);
  const objects = stores.of("");
  const timers = createTimers(database);
  const hand = createClockHand(database);
  const settings = createBillingSettings(database);
  const faults = createFaults();
  const log = createRequestLog();
  let url = "";
  const work = createWork({
    database,
    stores,
    timers,
    hand,
    faults,
    meterEvents: createMeterEvents(database),
    settings,
    baseUrl: () => url,
  });
  const deliveries = createDeliveries({
    database,
    objects: stores.everywhere,
    now: () => hand.seconds(),
    onFailure: (delivery, reason) =>
      logger.warn(`webhook ${delivery.event} to ${delivery.endpoint}, attempt ${delivery.attempts + 1}: ${reason}`),
  });
  const timeline = createTimeline({
    work,
    stores,
    timers,
    hand,
    deliveries,
    handlers: dueHandlers,
    onError: (error) =>
      logger.error(
        `a step of the clock failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      ),
  });
  const committed = () => {
    deliveries.wake();
    timeline.wake();
  };

  const clock: EmulatorClock = {
    now: hand.now,
    async advance(toOrMilliseconds) {
      const now = hand.now().getTime();
      const target = typeof toOrMilliseconds === "number" ? now + toOrMilliseconds : toOrMilliseconds.getTime();
      if (!(target >= now)) throw new RangeError(`The clock only moves forward: it is ${hand.now().toISOString()}.`);
      await timeline.advanceTo(target);
    },
  };

  function addWebhookEndpoint({ url: target, secret, enabledEvents = ["*"], connect }: WebhookEndpointOptions): {
    id: string;
    secret: string;
  } {
    return work.run(nobody, (scope) => {
      const known = objects
        .all("webhook_endpoint", { url: target })
        .find((one) => (one.connect === true) === (connect === true));
      if (known === undefined) {
        const created = createWebhookEndpoint(scope, {
          url: target,
          enabled_events: [...enabledEvents],
          connect,
          ...(secret === undefined ? {} : { secret }),
        });
        return { id: created.id, secret: created.secret };
      }
      objects.write("webhook_endpoint", { ...known, enabled_events: [...enabledEvents], status: "enabled" });
      if (secret !== undefined) objects.hide(known.id, secret);
      return { id: known.id, secret: secret ?? objects.hidden(known.id) ?? "" };
    });
  }
  const seed = (wanted: Seed) => {
    const planted = plantSeed(work, routes, readSeed(wanted));
    committed();
    return planted;
  };
  const addConfigured = () => {
    if (options.billing !== undefined) settings.write(options.billing);
    for (const endpoint of options.webhookEndpoints ?? []) addWebhookEndpoint(endpoint);
  };
  /** Endpoints alone are no state yet. Only when it is known where the emulator is reached, which hosted pages' addresses tell. */
  const seedEmptyState = () => {
    const empty = stores.everywhere.counts().every(({ kind }) => kind === "webhook_endpoint");
    if (options.seed !== undefined && empty) seed(options.seed);
  };
  async function reset(): Promise<void> {
    await deliveries.settle();
    clearDatabase(database);
    hand.reread();
    faults.clear();
    log.clear();
    addConfigured();
    seedEmptyState();
  }

  const app = createApi({
    work,
    hand,
    keys: createIdempotencyKeys(database),
    routes,
    includable,
    faults,
    log,
    committed,
    report: (message, error) =>
      logger.error(`${message}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  });
  app.use(
    "/_emulator",
    controlRouter({
      seed,
      settings,
      work,
      objects: stores.everywhere,
      clock,
      deliveries,
      faults,
      log,
      committed,
      reset,
    }),
  );
  closeApi(app);
  const server = createServer(app);
  let port: number;
  try {
    addConfigured();
    port = await listen(server, options.port ?? 0, host);
  } catch (error) {
    await timeline.close();
    await deliveries.close();
    database.close();
    throw error;
  }
  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    await timeline.close();
    await deliveries.close();
    database.close();
  }
  url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  try {
    seedEmptyState();
  } catch (error) {
    await close();
    throw error;
  }
  // What was due or pending when the last process ended goes on now.
  committed();
  logger.info(`Stripe emulator on ${url}`);

  return {
    url,
    port,
    clock,
    faults,
    configureBilling: (change) => settings.write(change),
    addWebhookEndpoint: async (endpoint) => addWebhookEndpoint(endpoint),
    async completeOnboarding(account) {
      work.run(nobody, (scope) => finishOnboarding(scope, account));
      committed();
    },
    seed: async (wanted) => seed(wanted),
    settle: () => deliveries.settle(),
    reset,
    close,
  };
}
