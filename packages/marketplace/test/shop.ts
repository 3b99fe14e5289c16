/** What the tests sell with: a real database, a real folder, and a till that keeps a record of what it took. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFacts, RevopsError } from "@revops/core";
import { openDatabase, type Tx } from "@revops/database";
import { migrated } from "@revops/database/testing";
import { testClock } from "@revops/testing";
import type { OpenDatabase } from "@revops/testing/vitest";
import { onTestFinished } from "vitest";
import {
  type ChargePort,
  createMarketplace,
  fileArtifactStore,
  type Listing,
  type MarketplaceFacts,
  type MarketplaceOptions,
  marketplaceMigrations,
  type NewListing,
  type PayoutPort,
  type RefundPort,
} from "../src/index.ts";
import { openTestLedger } from "./test-ledger.ts";

export const secret = "the secret of the shop, 32 bytes and more";

export type Shop = Awaited<ReturnType<typeof openShop>>;

export async function openShop(open: OpenDatabase, options: Partial<MarketplaceOptions> = {}) {
  const { url, dialect } = await open(migrated([marketplaceMigrations]));
  const database = openDatabase({ url });
  onTestFinished(() => database.close());
  const directory = await temporaryFolder();
  const clock = testClock();
  const till = createTill();
  const paid: MarketplaceFacts["order.paid"][] = [];
  const facts = createFacts<MarketplaceFacts, Tx>();
  facts.on("order.paid", async (_tx, fact) => void paid.push(fact));
  const news: string[] = [];
  for (const name of factNames) facts.on(name, async () => void news.push(name));
  const artifacts = fileArtifactStore({ directory });
  const ledger = await openTestLedger(database);
  const bank = createBank();
  const { charge, refund } = till;
  const make = (more: Partial<MarketplaceOptions> = {}) =>
    createMarketplace({
      database,
      clock,
      artifacts,
      charge,
      secret,
      refund,
      payout: bank.port,
      ledger,
      facts,
      ...options,
      ...more,
    });
  const marketplace = make();

  /** A published listing with version 1.0.0. */
  async function list(slug: string, more: Partial<NewListing> = {}, artifact = `bytes of ${slug}`): Promise<Listing> {
    clock.advance(1_000);
    const { id } = await marketplace.listings.create(draft(slug, more));
    await marketplace.versions.publish({ listingId: id, version: "1.0.0", artifact: Buffer.from(artifact) });
    return marketplace.listings.publish({ listingId: id });
  }
  return { ...marketplace, database, dialect, clock, till, bank, ledger, paid, news, directory, artifacts, list, make };
}

export function draft(slug: string, more: Partial<NewListing> = {}): NewListing {
  return {
    publisherId: "usr_publisher",
    slug,
    name: slug,
    kind: "package",
    summary: `The ${slug} package`,
    description: "",
    category: "tools",
    tags: [],
    price: null,
    ...more,
  };
}

const factNames = [
  "order.paid",
  "order.renewed",
  "order.renewal-failed",
  "order.ended",
  "order.refunded",
  "order.disputed",
  "payout.paid",
  "payout.failed",
  "payout.reversed",
  "listing.approved",
  "listing.rejected",
  "listing.suspended",
  "listing.reinstated",
  "review.created",
  "review.updated",
  "review.removed",
] as const;

/** Pays publishers like a provider that knows its references. */
function createBank() {
  const transfers = new Map<string, { accountId: string; amount: number; currency: string }>();
  const accounts = new Map<string, string>();
  const bank = {
    transfers,
    mode: "pays" as "pays" | "refuses" | "loses the answer",
    accounts,
    port: {
      accountOf: async (publisherId) => accounts.get(publisherId) ?? null,
      async transfer({ reference, accountId, amount }) {
        if (bank.mode === "refuses") throw new RevopsError("stripe_rejected", "The account is closed");
        transfers.set(reference, { accountId, ...amount });
        if (bank.mode === "loses the answer") throw new Error("socket hang up");
        return { transferId: `tr_${reference}` };
      },
    } satisfies PayoutPort as PayoutPort,
  };
  return bank;
}

/** Charges like a payment provider that knows its references: the same one is charged once. */
function createTill() {
  const calls: Parameters<ChargePort>[0][] = [];
  const charged = new Map<string, string>();
  const refunds = new Map<string, number>();
  const till = {
    calls,
    charged,
    /** What went back, by the refund's reference. */
    refunds,
    refundMode: "pays" as "pays" | "refuses" | "loses the answer",
    refund: (async ({ reference, amount }) => {
      if (till.refundMode === "refuses") throw new RevopsError("stripe_rejected", "The charge is too old");
      refunds.set(reference, amount.amount);
      if (till.refundMode === "loses the answer") throw new Error("socket hang up");
      return { status: "succeeded" };
    }) satisfies RefundPort as RefundPort,
    /** What happens to the next charges. */
    mode: "pays" as "pays" | "declines" | "asks" | "loses the answer",
    charge: (async (charge) => {
      calls.push(charge);
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (till.mode === "declines") throw new RevopsError("card_declined", "The card was declined");
      if (till.mode === "asks") return { paymentId: "pay_3ds", status: "requires_action", clientSecret: "cs_1" };
      const paymentId = charged.get(charge.reference) ?? `pay_${charged.size + 1}`;
      charged.set(charge.reference, paymentId);
      if (till.mode === "loses the answer") throw new Error("socket hang up");
      return { paymentId, status: "succeeded", clientSecret: null };
    }) satisfies ChargePort as ChargePort,
  };
  return till;
}

export async function bytesOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Removed when the test is finished. */
export async function temporaryFolder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "revops-artifacts-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
