/** Two who are told of the same two things in another order: on PostgreSQL each holds what the other waits for. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { startReceiver } from "./receiver.ts";
import { register, startApi } from "./service.ts";

const within = { timeout: 60_000 };

forEachDatabase("purchases that cross", (open, dialect) => {
  test("two publishers who buy from each other at once both get what they paid for, and hear of both sales", {
    timeout: 120_000,
  }, async () => {
    const service = await startApi(open);
    const receivers = await Promise.all([startReceiver(), startReceiver()]);
    const publishers = await Promise.all(
      (["ada", "bob"] as const).map(async (name, place) => {
        const { session: headers, id } = await register(service, name);
        const listing = { slug: `advice-of-${name}`, name, kind: "service", summary: "An hour", category: "advice" };
        const price = { amount: 900, currency: "usd" };
        const { body } = await service.call("POST", "/marketplace/packages", { headers, body: { ...listing, price } });
        await service.call("POST", "/billing/payment-methods", { headers, body: { paymentMethodId: "pm_card_visa" } });
        const endpoint = { url: receivers[place]?.url, events: ["order.paid", "payment.succeeded"] };
        await service.call("POST", "/webhooks/endpoints", { headers, body: endpoint });
        return { id, headers, packageId: body.id };
      }),
    );
    const [ada, bob] = publishers as [(typeof publishers)[0], (typeof publishers)[0]];

    // Each has told its publisher, and has yet to tell its buyer: the other one's publisher. SQLite lets one in at a time.
    let waiting = 0;
    let tries = 0;
    const { promise: bothAreHere, resolve: go } = Promise.withResolvers<void>();
    service.facts.on("order.paid", async () => {
      tries++;
      if (++waiting === 2) go();
      if (dialect === "postgres") await bothAreHere;
    });
    const buy = (buyer: typeof ada, from: typeof ada) =>
      service.call("POST", `/marketplace/packages/${from.packageId}/purchase`, { headers: buyer.headers, body: {} });
    const bought = await Promise.all([buy(ada, bob), buy(bob, ada)]);

    expect(bought.map(({ status, body }) => [status, body.purchase?.status])).toEqual([
      [201, "paid"],
      [201, "paid"],
    ]);
    // PostgreSQL ended one of them for the other, and it was done again.
    expect(tries).toBeGreaterThanOrEqual(dialect === "postgres" ? 3 : 2);
    for (const { received } of receivers) {
      await expect.poll(() => received.length, within).toBe(2);
      expect(new Set(received.map(({ message }) => message.type))).toEqual(
        new Set(["order.paid", "payment.succeeded"]),
      );
      expect(received.map(({ message }) => message.sequence)).toEqual([1, 2]);
    }
    for (const { id } of [ada, bob]) {
      expect(await service.payments.ledger.balance({ account: `seller:${id}`, currency: "usd" })).toBe(-765);
    }
    expect((await service.payments.ledger.verify()).differences).toEqual([]);
    expect(await service.marketplace.sellers.verify()).toEqual([]);
  });
});
