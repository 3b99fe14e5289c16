import { spawn } from "node:child_process";
import { money } from "@revops/core";
import { createJobs } from "@revops/jobs";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { subjectId, webhookSecret } from "../../test/names.ts";
import { startProxy, type Weather } from "../../test/proxy.ts";
import { catalog, openWorld } from "../../test/world.ts";
import { createPayments } from "../index.ts";

const hourMs = 3_600_000;
const order = { subjectId, reference: "pur_1", amount: money(700, "usd"), description: "A template" };
const done = { finished: 1, refused: 0, abandoned: 0, open: 0 };
const nothing = { finished: 0, refused: 0, abandoned: 0, open: 0 };

async function openStormy(open: OpenDatabase, paymentMethodId = "pm_card_visa") {
  const proxy = await startProxy();
  const world = await openWorld(open, { proxy });
  await world.payments.plans.push(catalog);
  await world.payments.paymentMethods.attach({ subjectId, paymentMethodId });
  await world.settle();
  proxy.requests.length = 0;
  const succeeded = async () => (await world.stripe.charges.list({ limit: 100 })).data.filter(({ paid }) => paid);
  return { ...world, proxy, succeeded };
}

forEachDatabase("calls to Stripe that a crash or the network left open", (open) => {
  test.for<Weather>(["refuse", "lose"])(
    "a charge whose answer is missing (%s) is finished once, by its own key",
    async (weather) => {
      const { payments, proxy, succeeded, names, settle } = await openStormy(open);
      proxy.weather = weather;
      await expect(payments.payments.charge(order)).rejects.toMatchObject({ code: "stripe_unavailable" });
      expect(await payments.reconcile()).toEqual({ ...nothing, open: 1 });
      proxy.weather = "pass";
      expect(await payments.reconcile()).toEqual(done);
      expect(await payments.reconcile()).toEqual(nothing);
      expect(new Set(proxy.requests).size).toBe(1);
      expect(await succeeded()).toHaveLength(1);
      expect(await payments.payments.charge(order)).toMatchObject({ status: "succeeded" });
      await settle();
      expect(names()).toEqual(["payment.succeeded"]);
      expect(await succeeded()).toHaveLength(1);
    },
  );

  test("a 500 after the work was done is found out at once, and charges nothing twice", async () => {
    const { payments, proxy, succeeded } = await openStormy(open);
    proxy.weather = "fail";
    expect(await payments.payments.charge(order)).toMatchObject({ status: "succeeded" });
    expect(await succeeded()).toHaveLength(1);
    expect(await payments.reconcile()).toEqual(nothing);
  });

  test("a 429 after a try whose answer was lost does not count as a no: the reference is charged once", async () => {
    // Straight to Stripe: the proxy of the other tests does not pass a cut connection on.
    const { payments, emulator, stripe } = await openWorld(open);
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    emulator.faults.add({ type: "cut-after", method: "POST", path: "/v1/payment_intents", times: 1 });
    emulator.faults.add({ type: "rate-limit", method: "POST", path: "/v1/payment_intents", times: 1 });
    await expect(payments.payments.charge(order)).rejects.toMatchObject({ code: expect.stringMatching(/^stripe_/) });
    expect(await payments.payments.charge(order)).toMatchObject({ status: "succeeded" });
    expect((await stripe.charges.list()).data).toHaveLength(1);
    expect(await payments.reconcile()).toEqual(nothing);
  });

  test("a key that was rotated while an answer was lost is no refusal: the charge is found to be made", async () => {
    const { payments, proxy, succeeded, names, database, clock } = await openStormy(open);
    proxy.weather = "lose";
    await expect(payments.payments.charge(order)).rejects.toMatchObject({ code: "stripe_unavailable" });
    proxy.weather = "pass";
    const stripe = { secretKey: "no_key_of_stripes", apiBase: proxy.url, webhookSecret };
    const revoked = createPayments({ database, clock, jobs: createJobs({ database, clock }), stripe });
    expect(await revoked.reconcile()).toEqual({ ...nothing, open: 1 });
    expect(names()).toEqual([]);
    expect(await payments.reconcile()).toEqual(done);
    expect(await payments.payments.charge(order)).toMatchObject({ status: "succeeded" });
    expect(await succeeded()).toHaveLength(1);
  });

  test("after 24 hours it is looked up and never sent again: done stays done, not done is given up", async () => {
    const { payments, proxy, succeeded, clock, names } = await openStormy(open);
    proxy.weather = "lose";
    await expect(payments.payments.charge(order)).rejects.toMatchObject({ code: "stripe_unavailable" });
    proxy.weather = "refuse";
    const other = { ...order, reference: "pur_2" };
    await expect(payments.payments.charge(other)).rejects.toMatchObject({ code: "stripe_unavailable" });
    await clock.advance(25 * hourMs);
    proxy.weather = "pass";
    proxy.requests.length = 0;
    expect(await payments.reconcile()).toEqual({ finished: 1, refused: 0, abandoned: 1, open: 0 });
    expect(proxy.requests).toEqual([]);
    expect(await succeeded()).toHaveLength(1);
    expect(names().toSorted()).toEqual(["payment.failed", "payment.succeeded"]);
    expect(await payments.payments.charge(order)).toMatchObject({ status: "succeeded" });
    expect(await payments.payments.charge(other)).toMatchObject({ status: "succeeded" });
    expect(await succeeded()).toHaveLength(2);
  });

  test("a decline that nobody heard is heard by reconcile, and another card pays", async () => {
    const { payments, proxy, succeeded, names } = await openStormy(open, "pm_card_chargeCustomerFail");
    proxy.weather = "lose";
    await expect(payments.payments.charge(order)).rejects.toMatchObject({ code: "stripe_unavailable" });
    proxy.weather = "pass";
    expect(await payments.reconcile()).toEqual({ ...nothing, refused: 1 });
    expect(names()).toEqual(["payment.failed"]);
    expect(await payments.payments.charge({ ...order, paymentMethodId: "pm_card_visa" })).toMatchObject({
      status: "succeeded",
    });
    expect(await succeeded()).toHaveLength(1);
  });

  test("a subscription whose answer was lost is one subscription, whether reconciled or asked for again", async () => {
    const { payments, proxy, succeeded, stripe, names, settle } = await openStormy(open);
    proxy.weather = "lose";
    const change = { subjectId, tier: "pro" };
    await expect(payments.subscriptions.change(change)).rejects.toMatchObject({ code: "stripe_unavailable" });
    proxy.weather = "pass";
    expect(await payments.subscriptions.change(change)).toMatchObject({ tier: "pro", status: "active" });
    expect(await payments.reconcile()).toEqual(nothing);
    proxy.weather = "lose";
    const upgrade = { subjectId, tier: "team" };
    await expect(payments.subscriptions.change(upgrade)).rejects.toMatchObject({ code: "stripe_unavailable" });
    proxy.weather = "pass";
    expect(await payments.reconcile()).toEqual(done);
    expect(await payments.subscriptions.get(subjectId)).toMatchObject({ tier: "team" });
    await settle();
    expect((await stripe.subscriptions.list({ status: "all" })).data).toHaveLength(1);
    expect(await succeeded()).toHaveLength(2);
    expect(names().filter((name) => name === "subscription.changed")).toHaveLength(2);
  });

  test("killed again and again between asking and hearing: each reference is charged once", {
    timeout: 120_000,
  }, async () => {
    const { payments, proxy, succeeded, url, settle, told } = await openStormy(open);
    const references = Array.from({ length: 12 }, (_, n) => `pur_${n}`);
    for (let kills = 0; kills < 3; kills++) {
      const child = spawn(
        process.execPath,
        [
          "--conditions=source",
          new URL("../../test/charging-process.ts", import.meta.url).pathname,
          url,
          proxy.url,
          ...references,
        ],
        { stdio: ["ignore", "ignore", "inherit"] },
      );
      const ended = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
      // The answers of these are still on their way when the process dies.
      await proxy.whenWritten(3, () => child.kill("SIGKILL"));
      await ended;
      expect(child.signalCode).toBe("SIGKILL");
    }
    const report = await payments.reconcile();
    expect(report).toMatchObject({ refused: 0, abandoned: 0, open: 0 });
    for (const reference of references) {
      expect(await payments.payments.charge({ ...order, reference })).toMatchObject({ status: "succeeded" });
    }
    await settle();
    const taken = (await succeeded()).map(({ metadata }) => metadata["revops_reference"]);
    expect(taken.toSorted()).toEqual(references.toSorted());
    const heard = told.map(({ name }) => name);
    expect(heard.every((name) => name === "payment.succeeded")).toBe(true);
  });
});
