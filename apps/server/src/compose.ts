/** The one place that makes every part. What hears of what is in `wiring.ts`. */
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { apiMigrations, basePath, createApi, createOutgoingWebhooks, guardConnections } from "@revops/api";
import { type Auth, authMigrations, createAuth, smtpMail } from "@revops/auth";
import { type Clock, createFacts, type Logger, minuteMs, secondMs, systemClock } from "@revops/core";
import { type Database, migrate, openDatabase, type Tx } from "@revops/database";
import { createJobs, jobsMigrations } from "@revops/jobs";
import {
  createMarketplace,
  fileArtifactStore,
  type Marketplace,
  marketplaceMigrations,
  s3ArtifactStore,
} from "@revops/marketplace";
import { createPayments, type Payments, paymentsMigrations } from "@revops/payments";
import { createSaas, type Saas, saasMigrations } from "@revops/saas";
import type { StripeEmulator } from "@revops/stripe-emulator";
import { chargePort } from "./charge-port.ts";
import type { Config } from "./config.ts";
import { makeDataFolder } from "./data-folder.ts";
import { startEmbeddedStripe } from "./embedded-stripe.ts";
import { entitledTier } from "./entitled-tier.ts";
import { scheduleLedgerChecks } from "./ledger-checks.ts";
import { atMost, closeServer, drainMs, goodbyeMs, listenOn, urlHost } from "./listening.ts";
import { payoutPort, refundPort, relatedPort } from "./marketplace-ports.ts";
import { metricSources } from "./metric-sources.ts";
import { createOutbox } from "./outbox/outbox.ts";
import { addOnPrices, planPrices } from "./plan-prices.ts";
import { tellStripeOfPlans } from "./plans-at-stripe.ts";
import { openRateLimitStore } from "./rate-limit-store.ts";
import { scheduleRetention } from "./retention.ts";
import { derivedSecret, keptSecret } from "./secrets.ts";
import { appointAdmin, type ServerFacts, wire } from "./wiring.ts";

const serverOptions = {
  // A request without a host is a problem too, of the API's, where Node would answer it with nothing but a number.
  requireHostHeader: false,
  // Node looks every 30 seconds whether headers take longer than the 10 that they may.
  connectionsCheckingInterval: secondMs,
};

/** Everything of a running server. */
export interface Service {
  readonly clock: Clock;
  readonly database: Database;
  readonly auth: Auth;
  readonly saas: Saas;
  readonly payments: Payments;
  readonly marketplace: Marketplace;
  /** The local Stripe, when no account is set up. */
  readonly emulator: StripeEmulator | undefined;
  /** Whether letters wait at `/dev/outbox` instead of being sent. */
  readonly hasOutbox: boolean;
  /** Starts to serve; answers with the address. Rejects when the port is in use. */
  listen(): Promise<string>;
  /**
   * Turns `/ready` to 503, lets what is under way finish, and closes everything.
   * @param lingerMs how long it goes on serving before, so that a load balancer sees the 503
   */
  stop(lingerMs?: number): Promise<void>;
}

/**
 * Opens and migrates the database, starts the local Stripe if one is needed, and connects all parts.
 * @param progress hears of each step that takes time
 */
export async function compose(
  config: Config,
  logger: Logger,
  progress: (step: string) => void = () => {},
): Promise<Service> {
  const closers: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return await assemble();
  } catch (error) {
    await closeAll();
    throw error;
  }

  async function assemble(): Promise<Service> {
    await makeDataFolder(config.dataDirectory);
    const jwtSecret = config.jwtSecret ?? (await keptSecret(config.dataDirectory, "jwt-secret"));
    const database = openDatabase({ url: config.databaseUrl, logger });
    closers.push(() => database.close());

    const embedded = config.stripe
      ? undefined
      : await startEmbeddedStripe({ ...config, port: config.stripeEmulatorPort, logger });
    if (embedded) closers.push(() => embedded.emulator.close());
    const stripe = config.stripe ?? embedded?.stripe;
    if (!stripe) throw new Error("Neither a Stripe account nor the embedded Stripe.");
    const clock = embedded?.emulator.clock ?? systemClock;

    const applied = await migrate(
      database,
      [jobsMigrations, authMigrations, saasMigrations, paymentsMigrations, marketplaceMigrations, apiMigrations],
      { clock },
    );
    progress(applied.length > 0 ? `database migrated (${applied.length})` : "database up to date");

    const facts = createFacts<ServerFacts, Tx>();
    const jobs = createJobs({ database, clock, logger });
    const saas = createSaas({ database, clock, logger, facts });
    // Once no request is under way any more: what was admitted while the database was away is still to be counted.
    closers.push(async () => {
      await saas.quotas.catchUp().catch((error: unknown) => {
        logger.error({ err: error }, "usage that was admitted while the database was away is lost");
      });
    });
    // Codes are readable in it: it is for a server that nobody else uses, which one with a real Stripe account is not.
    const outbox = embedded && !config.smtpUrl ? createOutbox({ clock, logger }) : undefined;
    const mail = config.smtpUrl ? smtpMail({ url: config.smtpUrl, from: config.mailFrom }) : outbox;
    if (!mail) logger.warn({}, "SMTP_URL is not set: no letters are sent, and no password can be reset");
    let address = config.publicUrl ?? `http://${urlHost(config.host)}:${config.port}`;
    const auth = createAuth({
      database,
      clock,
      logger,
      facts,
      tokens: config.tokenKeys.length > 0 ? { keys: config.tokenKeys } : { secret: jwtSecret },
      tierOf: entitledTier(saas),
      mail,
      jobs,
      oauth: {
        ...config.oauth,
        callbackUrl: (provider) => `${address}${basePath}/auth/oauth/${provider}/callback`,
      },
    });
    const payments = createPayments({ database, clock, jobs, logger, facts, stripe });
    const marketplace = createMarketplace({
      database,
      clock,
      logger,
      facts,
      secret: derivedSecret(jwtSecret, "marketplace"),
      artifacts: config.artifactBucket
        ? s3ArtifactStore(config.artifactBucket)
        : fileArtifactStore({ directory: join(config.dataDirectory, "artifacts") }),
      charge: chargePort(payments),
      refund: refundPort(payments),
      payout: payoutPort(payments),
      related: relatedPort(auth),
      review: config.reviewListings,
      ledger: payments.ledger,
      jobs,
    });
    const apiSecret = derivedSecret(jwtSecret, "api");
    const webhooks = createOutgoingWebhooks({
      database,
      jobs,
      secret: apiSecret,
      clock,
      logger,
      allowPrivateAddresses: config.allowPrivateWebhooks,
    });
    jobs.schedule("billing-cycles", 10 * secondMs, async () => void (await saas.cycles.closeDue()));
    scheduleRetention({ database, clock, jobs });
    jobs.schedule("reservations", minuteMs, async () => void (await saas.quotas.sweep()));
    wire(facts, { webhooks, auth, saas, payments, marketplace, jobs, adminEmail: config.adminEmail });
    await appointAdmin(auth, config.adminEmail);
    const push = () => payments.plans.push(planPrices(saas.plans), addOnPrices(saas.plans));
    if (await tellStripeOfPlans({ push, jobs, logger, address: stripe.apiBase })) progress("plans pushed to Stripe");

    const rateLimits = await openRateLimitStore(config, logger);
    closers.push(rateLimits.close);
    const ledgerChecks = scheduleLedgerChecks({
      jobs,
      logger,
      checks: {
        usage: () => saas.ledger.verify(),
        money: async () => (await payments.ledger.verify()).differences,
      },
    });
    const api = createApi({
      database,
      clock,
      logger,
      auth,
      saas,
      payments,
      marketplace,
      secret: apiSecret,
      webhooks,
      rateLimitPerMinute: config.rateLimitPerMinute,
      rateLimitPerTier: config.rateLimitPerTier,
      rateLimitStore: rateLimits.store,
      dependencies: rateLimits.dependencies,
      stripeWaitMs: config.stripeWaitSeconds * secondMs,
      corsOrigins: config.corsOrigins,
      trustProxy: config.trustProxy,
      metricSources: metricSources({
        clock,
        jobs,
        usageBills: payments.usage.counts,
        ledgerDifferences: ledgerChecks.differences,
      }),
      metricsToken: config.metricsToken,
    });
    let patienceMs = 0;
    const server = guardConnections(
      createServer(serverOptions, (request, response) => {
        const answer = outbox?.serves(request) ? outbox.app : api.listener;
        answer(request, response);
      }),
    );

    return {
      clock,
      database,
      auth,
      saas,
      payments,
      marketplace,
      emulator: embedded?.emulator,
      hasOutbox: outbox !== undefined,
      async listen() {
        const port = await listenOn(server, config);
        // Last, when no request is refused any more that it would have to note.
        closers.push(() => auth.stop());
        // Together, so that jobs which wait for a slow Stripe take no time from requests under way.
        closers.push(
          async () => void (await Promise.all([closeServer(server, patienceMs), atMost(drainMs, jobs.stop())])),
        );
        const url = `http://${urlHost(config.host)}:${port}`;
        address = config.publicUrl ?? url;
        await embedded?.deliverTo(`${url}/api/v1/webhooks/stripe`);
        jobs.start();
        auth.start();
        return address;
      },
      async stop(lingerMs = 0) {
        if (lingerMs > 0) {
          api.drain({ keepConnections: true });
          await delay(lingerMs);
          patienceMs = goodbyeMs;
        }
        api.drain();
        await closeAll();
      },
    };
  }
}
