/** Purchases and refunds while Stripe fails and processes are killed, and what must be true afterwards. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { apiMigrations } from "@revops/api";
import { isRevopsError, minuteMs } from "@revops/core";
import { migrate } from "@revops/database";
import { jobsMigrations } from "@revops/jobs";
import { marketplaceMigrations, type Purchase } from "@revops/marketplace";
import { paymentsMigrations } from "@revops/payments";
import { startStripeEmulator } from "@revops/stripe-emulator";
import { seededRandom } from "@revops/testing";
import Stripe from "stripe";
import { buyerOf, buyers, listingOf, openShop } from "./shop.ts";

export interface FaultsReport {
  readonly purchases: number;
  readonly kills: number;
  /** Of purchases that are there. */
  readonly charges: number;
  /** Charges of tries that had failed for their buyer, who bought anew: each has its money back. */
  readonly givenBack: number;
  /** Orders that were charged more than once. */
  readonly doubleCharges: number;
  /** Charged orders without a licence, or without their money back. */
  readonly paidWithoutLicense: number;
  /** Orders that say paid and took nothing. */
  readonly licensedWithoutPayment: number;
  readonly refunds: number;
  /** Ledger accounts that are not what the orders say, with both amounts. */
  readonly differences: readonly string[];
}

const publishers = 5;
const script = fileURLToPath(new URL("./buyer.ts", import.meta.url));

export async function purchasesUnderFaults(options: {
  url: string;
  purchases: number;
  kills: number;
  /** Whether Stripe is too busy now and then, too. */
  busy: boolean;
}): Promise<FaultsReport> {
  const { url, purchases, kills, busy } = options;
  const random = seededRandom("purchases under faults");
  const emulator = await startStripeEmulator();
  const { clock, faults } = emulator;
  const { database, jobs, payments, marketplace } = openShop(url, emulator.url, clock);
  const closers = [() => database.close(), () => emulator.close()];
  try {
    await migrate(database, [jobsMigrations, paymentsMigrations, marketplaceMigrations, apiMigrations]);
    await stock();
    fail();
    let killed = 0;
    for (let round = 0; round < kills; round++) killed += (await buy(random.integer(2, 8))) ? 1 : 0;
    await buy(null);
    await settle();
    // Buyers whose answer was lost ask again.
    faults.clear();
    await buyRest();
    fail();
    const refunds = await refundSome();
    faults.clear();
    await settle();
    return { purchases, kills: killed, refunds, ...(await audit()) };
  } finally {
    for (const close of closers) await close();
  }

  /** Stripe is busy, fails before or after the work, or hangs up. */
  function fail(): void {
    const types = ["error-before", "error-after", "cut-before", "cut-after"] as const;
    for (const type of busy ? (["rate-limit", ...types] as const) : types) {
      faults.add({ type, times: null, probability: 0.04, method: "POST", seed: random.integer(1, 1e6) });
    }
  }

  async function stock(): Promise<void> {
    for (let buyer = 0; buyer < buyers; buyer++) {
      await payments.paymentMethods.attach({ subjectId: buyerOf(buyer), paymentMethodId: "pm_card_visa" });
    }
    for (let listing = 0; listing * buyers < purchases; listing++) {
      await marketplace.listings.create({
        publisherId: `usr_publisher_${listing % publishers}`,
        slug: listingOf(listing * buyers),
        name: `Listing ${listing}`,
        kind: "service",
        summary: "Sold under faults",
        description: "",
        category: "tests",
        tags: [],
        price: { amount: random.integer(50, 20_000), currency: "usd" },
        publish: true,
      });
    }
  }

  /** Runs a process that buys everything; kills it after so many of its tries, or lets it end. */
  async function buy(tries: number | null): Promise<boolean> {
    const args = ["--conditions=source", script, url, emulator.url, "0", String(purchases)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    let hit = false;
    child.stdout.on("data", (text: Buffer) => {
      printed += text.toString();
      // Calls that others were answered are skipped over quickly: only those that did something count.
      const done = printed.split("\n").filter((line) => line !== "already_purchased").length - 1;
      if (tries === null || hit || done < tries) return;
      hit = true;
      setTimeout(() => child.kill("SIGKILL"), random.integer(0, 60));
    });
    await once(child, "exit");
    return hit;
  }

  /** Those who were cut off buy again some minutes later, when nobody's claim on their order lasts any more. */
  async function buyRest(): Promise<void> {
    for (let purchase = 0; purchase < purchases; purchase++) {
      const order = { buyerId: buyerOf(purchase), listingId: listingOf(purchase) };
      await marketplace.orders.purchase(order).catch((error: unknown) => {
        if (!isRevopsError(error, "already_purchased")) throw error;
      });
    }
  }

  /** What runs by itself in a server, some minutes later. */
  async function settle(): Promise<void> {
    for (let round = 0; round < 4; round++) {
      await clock.advance(2 * minuteMs);
      await payments.reconcile();
      await marketplace.refunds.sendPending();
      await jobs.runDue();
    }
    await payments.ledger.catchUp(new Date(0));
  }

  async function allPurchases(): Promise<Purchase[]> {
    const all: Purchase[] = [];
    for (let buyer = 0; buyer < buyers; buyer++) {
      for (let after: string | undefined; ; ) {
        const page = await marketplace.orders.list(buyerOf(buyer), { limit: 100, after });
        all.push(...page.data);
        if (page.next === null) break;
        after = page.next;
      }
    }
    return all;
  }

  /** A third of what was bought goes back, half of that in parts. */
  async function refundSome(): Promise<number> {
    let asked = 0;
    for (const { id, status, price } of await allPurchases()) {
      if (status !== "paid" || price === null || random.integer(1, 3) > 1) continue;
      const amount = random.integer(0, 1) === 0 ? undefined : { ...price, amount: random.integer(1, price.amount) };
      await marketplace.refunds.refund({ purchaseId: id, amount });
      asked++;
    }
    return asked;
  }

  async function audit(): Promise<Omit<FaultsReport, "purchases" | "kills" | "refunds">> {
    const stripe = new Stripe("sk_test_of_the_faults", {
      host: "127.0.0.1",
      port: emulator.port,
      protocol: "http",
      telemetry: false,
    });
    const charged = new Map<string, { times: number; amount: number; refunded: number }>();
    for await (const charge of stripe.charges.list({ limit: 100, expand: ["data.payment_intent"] })) {
      const intent = charge.payment_intent;
      if (!charge.paid || typeof intent !== "object" || intent === null) continue;
      const reference = intent.metadata["revops_reference"] ?? "";
      const known = charged.get(reference) ?? { times: 0, amount: 0, refunded: 0 };
      known.times++;
      known.amount += charge.amount;
      known.refunded += charge.amount_refunded;
      charged.set(reference, known);
    }
    const orders = new Map((await allPurchases()).map((purchase) => [purchase.id, purchase]));
    const given = (id: string) => {
      const order = orders.get(id);
      const { refunded: back, amount } = charged.get(id) ?? { refunded: 0, amount: 0 };
      if (!order) return back === amount;
      if (back !== (order.refunded?.amount ?? 0)) return false;
      const whole = back === order.price?.amount;
      return order.status === (whole ? "refunded" : "paid") && order.licenseKey !== null;
    };
    const differences: string[] = [];
    const compare = (name: string, expected: number, actual: number) => {
      if (expected !== actual) differences.push(`${name}: ${expected} by the orders, ${actual} in the books`);
    };
    // The split is worked out anew here, from the prices alone.
    let commission = 0;
    const earned = new Map<string, number>();
    for (const [id, { refunded }] of charged) {
      const order = orders.get(id);
      if (!order?.price) continue;
      const { amount } = order.price;
      const share = Math.min(900, amount, Math.floor((amount * 1_250 + 5_000) / 10_000) + 30);
      compare(`commission of ${id}`, share, order.commission?.amount ?? -1);
      const back = Math.round((share * refunded) / amount);
      commission += share - back;
      const { publisher } = await marketplace.listings.get(order.packageId);
      earned.set(publisher.id, (earned.get(publisher.id) ?? 0) + amount - refunded - (share - back));
    }
    const balance = (account: string) => payments.ledger.balance({ account, currency: "usd" });
    compare("revenue:commission", -commission, await balance("revenue:commission"));
    compare("revenue:payments", 0, await balance("revenue:payments"));
    compare("refunds", 0, await balance("refunds"));
    for (const [publisherId, amount] of earned) {
      compare(`seller:${publisherId}`, -amount, await balance(`seller:${publisherId}`));
      const [own] = await marketplace.sellers.balances(publisherId);
      compare(`balance of ${publisherId}`, amount, own?.balance ?? 0);
    }
    const verified = await payments.ledger.verify();
    differences.push(...verified.differences.map((difference) => JSON.stringify(difference)));
    differences.push(...(await marketplace.sellers.verify()).map((difference) => JSON.stringify(difference)));
    const sold = [...charged.keys()].filter((id) => orders.has(id)).length;
    return {
      charges: sold,
      givenBack: charged.size - sold,
      doubleCharges: [...charged.values()].filter(({ times }) => times > 1).length,
      paidWithoutLicense: [...charged.keys()].filter((id) => !given(id)).length,
      licensedWithoutPayment: [...orders.values()].filter(
        ({ id, licenseKey }) => licenseKey !== null && !charged.has(id),
      ).length,
      differences,
    };
  }
}
