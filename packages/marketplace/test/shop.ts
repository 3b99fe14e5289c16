/** What the tests sell with: a real database, a real folder, and a till that keeps a record of what it took. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFacts, RevopsError } from "@revops/core";
import { migrate, openDatabase, type Tx } from "@revops/database";
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
} from "../src/index.ts";

export type Shop = Awaited<ReturnType<typeof openShop>>;

export async function openShop(open: OpenDatabase, options: Partial<MarketplaceOptions> = {}) {
  const { url, dialect } = await open();
  const database = openDatabase({ url });
  onTestFinished(() => database.close());
  await migrate(database, [marketplaceMigrations]);
  const directory = await temporaryFolder();
  const clock = testClock();
  const till = createTill();
  const paid: MarketplaceFacts["order.paid"][] = [];
  const facts = createFacts<MarketplaceFacts, Tx>();
  facts.on("order.paid", async (_tx, fact) => void paid.push(fact));
  const artifacts = fileArtifactStore({ directory });
  const marketplace = createMarketplace({ database, clock, artifacts, charge: till.charge, facts, ...options });

  /** A published listing with version 1.0.0. */
  async function list(slug: string, more: Partial<NewListing> = {}, artifact = `bytes of ${slug}`): Promise<Listing> {
    clock.advance(1_000);
    const { id } = await marketplace.listings.create(draft(slug, more));
    await marketplace.versions.publish({ listingId: id, version: "1.0.0", artifact: Buffer.from(artifact) });
    return marketplace.listings.publish({ listingId: id });
  }
  return { ...marketplace, database, dialect, clock, till, paid, directory, artifacts, list };
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

/** Charges like a payment provider that knows its references: the same one is charged once. */
function createTill() {
  const calls: Parameters<ChargePort>[0][] = [];
  const charged = new Map<string, string>();
  const till = {
    calls,
    charged,
    /** What happens to the next charges. */
    mode: "pays" as "pays" | "declines" | "asks" | "loses the answer",
    charge: (async (charge) => {
      calls.push(charge);
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (till.mode === "declines") throw new RevopsError("card_declined", "The card was declined");
      if (till.mode === "asks") return { paymentId: "pay_3ds", status: "requires_action", clientSecret: "cs_1" };
      const paymentId = charged.get(charge.orderId) ?? `pay_${charged.size + 1}`;
      charged.set(charge.orderId, paymentId);
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
