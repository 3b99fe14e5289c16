/** A served API for a test, with everything real: database, packages, a local Stripe, files and HTTP. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Api,
  type ApiOptions,
  apiMigrations,
  createApi,
  createOutgoingWebhooks,
  type OutgoingWebhooks,
  tellCustomers,
} from "@revops/api";
import { type Auth, type AuthFacts, authMigrations, createAuth, type MailPort } from "@revops/auth";
import { createFacts, type Facts, type Logger, silentLogger } from "@revops/core";
import { type Database, openDatabase, type Tx } from "@revops/database";
import { migrated } from "@revops/database/testing";
import { createJobs, type Jobs, jobsMigrations } from "@revops/jobs";
import {
  createMarketplace,
  fileArtifactStore,
  type Marketplace,
  type MarketplaceFacts,
  marketplaceMigrations,
} from "@revops/marketplace";
import { createPayments, type Payments, type PaymentsFacts, paymentsMigrations } from "@revops/payments";
import { createSaas, type Saas, type SaasFacts, saasMigrations } from "@revops/saas";
import { type StripeEmulator, startStripeEmulator } from "@revops/stripe-emulator";
import type { OpenDatabase } from "@revops/testing/vitest";
import { onTestFinished } from "vitest";
import { type Caller, createCaller } from "./caller.ts";

export interface TestApi {
  readonly url: string;
  readonly api: Api;
  readonly database: Database;
  readonly auth: Auth;
  readonly saas: Saas;
  readonly payments: Payments;
  readonly marketplace: Marketplace;
  readonly webhooks: OutgoingWebhooks;
  readonly jobs: Jobs;
  readonly emulator: StripeEmulator;
  readonly facts: Facts<AuthFacts & SaasFacts & PaymentsFacts & MarketplaceFacts, Tx>;
  readonly webhookSecret: string;
  /** Speaks to the API, and checks each answer against the document. */
  readonly call: Caller;
}

export const secret = "the secret of the API's tests, 32 bytes and more";
const webhookSecret = "whsec_of_the_tests_of_the_api";

/** What the database of the API is like. */
export const schema = migrated([
  jobsMigrations,
  authMigrations,
  saasMigrations,
  paymentsMigrations,
  marketplaceMigrations,
  apiMigrations,
]);

/** Serves the API until the test is finished. */
export async function startApi(
  open: OpenDatabase,
  { mail, ...options }: Partial<ApiOptions> & { mail?: MailPort } = {},
): Promise<TestApi> {
  const closers: (() => Promise<unknown>)[] = [];
  onTestFinished(async () => {
    for (const close of closers.reverse()) await close();
  });
  const logger: Logger = options.logger ?? silentLogger;
  const directory = await mkdtemp(join(tmpdir(), "revops-api-"));
  closers.push(() => rm(directory, { recursive: true }));
  const database = openDatabase({ url: (await open(schema)).url });
  // A test may have closed it, to see what happens then.
  closers.push(() => database.close().catch(() => undefined));
  const emulator = await startStripeEmulator({ port: 0 });
  closers.push(() => emulator.close());
  const { clock } = emulator;

  const facts = createFacts<AuthFacts & SaasFacts & PaymentsFacts & MarketplaceFacts, Tx>();
  const jobs = createJobs({ database, clock });
  const saas: Saas = createSaas({ database, clock, facts });
  const auth = createAuth({ database, clock, facts, tokens: { secret }, tierOf: saas.entitlements.tierOf, mail });
  closers.push(() => auth.stop());
  const stripe = { secretKey: "sk_test_of_the_api", webhookSecret, apiBase: emulator.url };
  const payments = createPayments({ database, clock, jobs, facts, stripe });
  const marketplace = createMarketplace({
    database,
    clock,
    secret,
    facts,
    artifacts: fileArtifactStore({ directory }),
    charge: async ({ buyerId, ...charge }) => {
      const payment = await payments.payments.charge({ ...charge, subjectId: buyerId });
      const { id: paymentId, status, clientSecret } = payment;
      return { paymentId, status, clientSecret };
    },
    refund: async ({ reference, paymentId, amount }) => {
      const { status } = await payments.refunds.create({ reference, paymentId, amount });
      return { status: status === "succeeded" ? status : "pending" };
    },
    payout: {
      accountOf: async (publisherId) => (await payments.connectedAccounts.get(publisherId))?.stripeAccountId ?? null,
      transfer: async (transfer) => ({
        transferId: (await payments.transfers.create(transfer)).stripeTransferId ?? "",
      }),
    },
    ledger: payments.ledger,
    maxArtifactBytes: 1_000_000,
  });
  facts.on("payment.succeeded", async (tx, { payment: { id: paymentId, reference } }) => {
    await marketplace.orders.settle({ reference, paymentId, outcome: "succeeded" }, tx);
  });
  facts.on("payment.refunded", async (tx, { payment: { id: paymentId, reference, amountRefunded } }) => {
    await marketplace.refunds.refunded({ reference, paymentId, amountRefunded: amountRefunded.amount }, tx);
  });
  facts.on("user.registered", async (tx, { userId, at }) => {
    await saas.entitlements.open({ subjectId: userId, at }, tx);
  });
  facts.on("organization.created", async (tx, { organizationId, at }) => {
    await saas.entitlements.open({ subjectId: organizationId, at }, tx);
  });
  facts.on("subscription.changed", async (tx, { subscription }) => {
    const { subjectId, tier, status, interval } = subscription;
    const { billingCycleAnchor: anchor, currentPeriodStart: start, currentPeriodEnd: end } = subscription;
    await saas.entitlements.assign({ subjectId, tier, status, period: { anchor, interval, start, end } }, tx);
  });
  facts.on("subscription.ended", async (tx, { subjectId, at }) => {
    await saas.entitlements.end({ subjectId, at, billed: true }, tx);
  });
  const plans = saas.plans.tiers.filter(({ price }) => (price?.amount ?? 0) > 0);
  await payments.plans.push(plans.map(({ id, ...plan }) => ({ ...plan, tier: id })));

  const webhooks = createOutgoingWebhooks({ database, jobs, clock, secret, allowPrivateAddresses: true });
  tellCustomers(facts, webhooks);
  const services = { database, clock, auth, saas, payments, marketplace, webhooks };
  const api = createApi({ ...services, secret, logger, ...options });
  const server = createServer({ requireHostHeader: false }, api.listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  // A server that listens on TCP has an address with a port.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
  await emulator.addWebhookEndpoint({ url: `${url}/webhooks/stripe`, secret: webhookSecret });
  jobs.start();
  closers.push(() => jobs.stop());
  return {
    url,
    api,
    database,
    auth,
    saas,
    payments,
    marketplace,
    webhooks,
    jobs,
    emulator,
    facts,
    webhookSecret,
    call: createCaller(url, api.document),
  };
}

const password = "correct horse battery";

export interface Person {
  readonly id: string;
  readonly session: { readonly authorization: string };
}

/** A user who has just registered. */
export async function register({ auth }: TestApi, name: string): Promise<Person> {
  const user = await auth.users.register({ email: `${name}@example.com`, password });
  const { accessToken } = await auth.sessions.open(user);
  return { id: user.id, session: { authorization: `Bearer ${accessToken}` } };
}

/** A user who may do what admins may. */
export async function admin(service: TestApi): Promise<Person> {
  const root = await register(service, "root");
  await service.auth.users.setRole(root.id, "admin");
  return root;
}

/** An organization of that person's, and the header that chooses it. */
export async function organizationOf({ auth }: TestApi, { id: userId, session }: Person) {
  const { id } = await auth.organizations.create({ userId, name: "Analytical Engines" });
  return { id, session: { ...session, "x-organization": id } };
}

/** The header of a new key of that person. */
export async function keyOf({ auth }: TestApi, { id }: Person, scopes?: string[]) {
  const { key } = await auth.apiKeys.create({ subjectId: id, name: "test", scopes });
  return { "x-api-key": key };
}
