import { money } from "@revops/core";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { catalog, openWorld, type World } from "../../test/world.ts";

const subjectId = "usr_1";
const dayMs = 86_400_000;

async function subscribed(open: OpenDatabase, tier?: string): Promise<World> {
  const world = await openWorld(open);
  await world.payments.plans.push(catalog);
  await world.payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
  if (tier !== undefined) await world.payments.subscriptions.change({ subjectId, tier });
  await world.settle();
  world.told.length = 0;
  return world;
}
const paidInvoices = async ({ payments }: World) =>
  (await payments.invoices.list(subjectId, { limit: 20 })).data.map(({ status, amountPaid }) => [
    status,
    amountPaid.amount,
  ]);

forEachDatabase("subscriptions", (open) => {
  test("the first one is charged and granted at once, told once, its invoice mirrored", async () => {
    const world = await subscribed(open);
    const { payments } = world;
    const subscription = await payments.subscriptions.change({ subjectId, tier: "pro" });
    expect(subscription).toMatchObject({
      tier: "pro",
      status: "active",
      price: money(2_900, "usd"),
      interval: "month",
      cancelAtPeriodEnd: false,
      pendingTier: null,
    });
    expect(await payments.subscriptions.get(subjectId)).toEqual(subscription);
    await world.settle();
    expect(world.names().toSorted()).toEqual(["invoice.paid", "subscription.changed"]);
    const [listed] = (await payments.invoices.list(subjectId, { limit: 20 })).data;
    const invoice = await payments.invoices.get({ subjectId, invoiceId: listed?.id ?? "" });
    expect(invoice).toMatchObject({
      status: "paid",
      amountDue: money(2_900, "usd"),
      amountPaid: money(2_900, "usd"),
      overdue: false,
      periodStart: subscription.currentPeriodStart,
      periodEnd: subscription.currentPeriodEnd,
      lines: [{ amount: money(2_900, "usd"), quantity: 1, proration: false }],
    });
    const others = payments.invoices.get({ subjectId: "usr_2", invoiceId: invoice.id });
    await expect(others).rejects.toMatchObject({ code: "invoice_not_found" });
  });

  test("asked ten times at once, there is one subscription and one charge", async () => {
    const world = await subscribed(open);
    const asked = Array.from({ length: 10 }, () => world.payments.subscriptions.change({ subjectId, tier: "pro" }));
    const results = await Promise.allSettled(asked);
    expect(results.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason.code).toMatch(/^(already_on_tier|change_in_progress)$/);
    }
    expect((await world.stripe.subscriptions.list({ status: "all" })).data).toHaveLength(1);
    expect((await world.stripe.charges.list()).data).toHaveLength(1);
  });

  test("refused: a declining card, no card, an unknown plan, one that sales sells; nothing changes", async () => {
    const world = await openWorld(open);
    const { subscriptions } = world.payments;
    await world.payments.plans.push(catalog);
    await expect(subscriptions.change({ subjectId, tier: "pro" })).rejects.toMatchObject({ code: "payment_required" });
    await expect(subscriptions.change({ subjectId, tier: "gold" })).rejects.toMatchObject({ code: "unknown_plan" });
    await expect(subscriptions.change({ subjectId, tier: "enterprise" })).rejects.toMatchObject({
      code: "contact_sales",
    });
    await expect(subscriptions.change({ subjectId, tier: "free" })).rejects.toMatchObject({ code: "already_on_tier" });
    await expect(subscriptions.cancel({ subjectId })).rejects.toMatchObject({ code: "subscription_not_found" });
    const paymentMethodId = "pm_card_chargeCustomerFail";
    const declined = subscriptions.change({ subjectId, tier: "pro", paymentMethodId });
    await expect(declined).rejects.toMatchObject({ code: "card_declined", fields: { declineCode: "generic_decline" } });
    await world.settle();
    expect(await subscriptions.get(subjectId)).toBeNull();
    expect(world.names()).not.toContain("subscription.changed");
    const paid = await subscriptions.change({ subjectId, tier: "pro", paymentMethodId: "pm_card_visa" });
    expect(paid).toMatchObject({ tier: "pro", status: "active" });
    await expect(subscriptions.change({ subjectId, tier: "pro" })).rejects.toMatchObject({ code: "already_on_tier" });
  });

  test("an upgrade is previewed, charged for the rest of the period and granted now", async () => {
    const world = await subscribed(open, "pro");
    const { subscriptions } = world.payments;
    await world.advance(10 * dayMs);
    world.told.length = 0;
    const preview = await subscriptions.preview({ subjectId, tier: "team" });
    expect(preview.kind).toBe("upgrade");
    expect(preview.amountDue.amount).toBeGreaterThan(3_000);
    expect(preview.amountDue.amount).toBeLessThan(7_000);
    expect(preview.lines.map(({ amount }) => Math.sign(amount.amount)).toSorted()).toEqual([-1, 1]);
    expect(await subscriptions.change({ subjectId, tier: "team" })).toMatchObject({ tier: "team", pendingTier: null });
    await world.settle();
    expect(world.told.filter(({ name }) => name === "subscription.changed")).toMatchObject([
      { fact: { previousTier: "pro", subscription: { tier: "team" } } },
    ]);
    const [[status, paid] = []] = await paidInvoices(world);
    expect(status).toBe("paid");
    // The clock went on by the milliseconds between preview and change: a cent at most.
    expect(Math.abs(Number(paid) - preview.amountDue.amount)).toBeLessThanOrEqual(1);
  });

  test("an upgrade that the card declines changes nothing, not even a planned downgrade", async () => {
    const world = await subscribed(open, "team");
    const { subscriptions, paymentMethods } = world.payments;
    const planned = await subscriptions.change({ subjectId, tier: "pro" });
    await world.settle();
    world.told.length = 0;
    await paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_chargeCustomerFail" });
    const upgrade = subscriptions.change({ subjectId, tier: "scale" });
    await expect(upgrade).rejects.toMatchObject({ code: "card_declined" });
    await world.settle();
    expect(await subscriptions.get(subjectId)).toEqual(planned);
    for (const { fact } of world.told) if ("subscription" in fact) expect(fact.subscription.tier).toBe("team");
    const paid = await subscriptions.change({ subjectId, tier: "scale", paymentMethodId: "pm_card_visa" });
    expect(paid).toMatchObject({ tier: "scale", pendingTier: null, cancelAtPeriodEnd: false });
    await world.advance(new Date(paid.currentPeriodEnd.getTime() + 2 * 3_600_000));
    expect(await subscriptions.get(subjectId)).toMatchObject({ tier: "scale", status: "active" });
  });

  test("a downgrade waits for the period's end, and then takes over", async () => {
    const world = await subscribed(open, "team");
    const { subscriptions } = world.payments;
    expect(await subscriptions.preview({ subjectId, tier: "pro" })).toMatchObject({
      kind: "downgrade",
      amountDue: money(0, "usd"),
    });
    const waiting = await subscriptions.change({ subjectId, tier: "pro" });
    expect(waiting).toMatchObject({ tier: "team", pendingTier: "pro", status: "active" });
    await world.settle();
    expect((await world.stripe.charges.list()).data).toHaveLength(1);
    await world.advance(new Date(waiting.currentPeriodEnd.getTime() + 2 * 3_600_000));
    expect(await subscriptions.get(subjectId)).toMatchObject({
      tier: "pro",
      pendingTier: null,
      price: money(2_900, "usd"),
      currentPeriodStart: waiting.currentPeriodEnd,
    });
    expect(await paidInvoices(world)).toEqual([
      ["paid", 2_900],
      ["paid", 9_900],
    ]);
  });

  test("a planned downgrade to another interval is seen, taken back, replaced, and put back when an upgrade is declined", async () => {
    const world = await subscribed(open);
    const { subscriptions, paymentMethods, plans } = world.payments;
    const yearly = (tier: string, name: string, amount: number, level: number) =>
      ({ tier, name, price: money(amount, "usd"), interval: "year", level }) as const;
    // Pro is sold by the month only.
    await plans.push([yearly("team", "Team", 99_000, 2), yearly("scale", "Scale", 199_000, 3)]);
    const team = await subscriptions.change({ subjectId, tier: "team", interval: "year" });
    expect(team).toMatchObject({ tier: "team", interval: "year", price: money(99_000, "usd"), pendingTier: null });

    const shorter = await subscriptions.change({ subjectId, tier: "team", interval: "month" });
    expect(shorter).toMatchObject({ tier: "team", interval: "year", pendingTier: "team" });
    expect(await subscriptions.change({ subjectId, tier: "team" })).toMatchObject({ pendingTier: null });

    const planned = await subscriptions.change({ subjectId, tier: "pro", interval: "month" });
    expect(planned).toMatchObject({ tier: "team", interval: "year", pendingTier: "pro" });
    await paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_chargeCustomerFail" });
    await expect(subscriptions.change({ subjectId, tier: "scale" })).rejects.toMatchObject({ code: "card_declined" });
    expect(await subscriptions.get(subjectId)).toEqual(planned);

    await plans.push([yearly("pro", "Pro", 29_000, 1)]);
    await subscriptions.change({ subjectId, tier: "pro" });
    await paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    await world.advance(new Date(planned.currentPeriodEnd.getTime() + 2 * 3_600_000));
    expect(await subscriptions.get(subjectId)).toMatchObject({
      tier: "pro",
      interval: "year",
      price: money(29_000, "usd"),
      pendingTier: null,
    });
  });

  test("asking for the present tier takes a downgrade or a cancellation back; an upgrade does too", async () => {
    const world = await subscribed(open, "pro");
    const { subscriptions } = world.payments;
    expect(await subscriptions.cancel({ subjectId })).toMatchObject({ cancelAtPeriodEnd: true, status: "active" });
    expect(await subscriptions.change({ subjectId, tier: "pro" })).toMatchObject({ cancelAtPeriodEnd: false });
    expect(await subscriptions.change({ subjectId, tier: "free" })).toMatchObject({ cancelAtPeriodEnd: true });
    const team = await subscriptions.change({ subjectId, tier: "team" });
    expect(team).toMatchObject({ tier: "team", cancelAtPeriodEnd: false });
    expect(await subscriptions.change({ subjectId, tier: "pro" })).toMatchObject({ tier: "team", pendingTier: "pro" });
    expect(await subscriptions.change({ subjectId, tier: "team" })).toMatchObject({ pendingTier: null });
    expect(await subscriptions.change({ subjectId, tier: "pro" })).toMatchObject({ tier: "team", pendingTier: "pro" });
    expect(await subscriptions.cancel({ subjectId })).toMatchObject({ cancelAtPeriodEnd: true, pendingTier: null });
    expect(await subscriptions.change({ subjectId, tier: "pro" })).toMatchObject({
      pendingTier: "pro",
      cancelAtPeriodEnd: false,
    });
  });

  test("one that ended at Stripe before we heard of it is ended, not refused", async () => {
    const world = await openWorld(open, { hold: true });
    const { plans, paymentMethods, subscriptions } = world.payments;
    await plans.push(catalog);
    await paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    const { stripeSubscriptionId } = await subscriptions.change({ subjectId, tier: "pro" });
    await world.stripe.subscriptions.cancel(stripeSubscriptionId);
    expect(await subscriptions.get(subjectId)).toMatchObject({ status: "active" });
    expect(await subscriptions.cancel({ subjectId, immediately: true })).toMatchObject({ status: "canceled" });
    expect(await subscriptions.get(subjectId)).toBeNull();
    expect(world.names().filter((name) => name === "subscription.ended")).toHaveLength(1);
  });

  test("a cancellation ends with the period, or now, and is told once", async () => {
    const world = await subscribed(open, "pro");
    const { subscriptions } = world.payments;
    const ending = await subscriptions.cancel({ subjectId });
    await world.advance(new Date(ending.currentPeriodEnd.getTime() + 1_000));
    expect(await subscriptions.get(subjectId)).toBeNull();
    expect(world.told.filter(({ name }) => name === "subscription.ended")).toMatchObject([
      { fact: { subjectId, tier: "pro", at: ending.currentPeriodEnd } },
    ]);
    await subscriptions.change({ subjectId, tier: "pro" });
    const now = await subscriptions.cancel({ subjectId, immediately: true });
    expect(now).toMatchObject({ status: "canceled" });
    await world.settle();
    expect(world.names().filter((name) => name === "subscription.ended")).toHaveLength(2);
    expect(await subscriptions.get(subjectId)).toBeNull();
  });

  test("a renewal is paid and mirrored; on a declining card it is past due, overdue, and told", async () => {
    const world = await subscribed(open, "pro");
    const { subscriptions, paymentMethods, invoices } = world.payments;
    const first = await subscriptions.get(subjectId);
    await world.advance(new Date((first?.currentPeriodEnd.getTime() ?? 0) + 2 * 3_600_000));
    const second = await subscriptions.get(subjectId);
    expect(second).toMatchObject({ status: "active", currentPeriodStart: first?.currentPeriodEnd });
    expect(await paidInvoices(world)).toEqual([
      ["paid", 2_900],
      ["paid", 2_900],
    ]);
    world.told.length = 0;
    await paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_chargeCustomerFail" });
    await world.advance(new Date((second?.currentPeriodEnd.getTime() ?? 0) + 2 * 3_600_000));
    expect(await subscriptions.get(subjectId)).toMatchObject({ status: "past_due", tier: "pro" });
    const [unpaid] = (await invoices.list(subjectId, { limit: 1 })).data;
    expect(unpaid).toMatchObject({ status: "open", overdue: true, attemptCount: 1, amountPaid: money(0, "usd") });
    expect(world.names().filter((name) => name === "invoice.payment_failed")).toHaveLength(1);
    expect(await subscriptions.cancel({ subjectId, immediately: true })).toMatchObject({ status: "canceled" });
    // A try that died before it could answer ended it; asked again on its own, there is nothing to end.
    const resumed = await subscriptions.cancel({ subjectId, immediately: true, resumed: true });
    expect(resumed).toMatchObject({ status: "canceled", tier: expect.any(String) });
    await expect(subscriptions.cancel({ subjectId, immediately: true })).rejects.toMatchObject({
      code: "subscription_not_found",
    });
  });

  test("the catalogue is pushed once; a new price is for new customers", async () => {
    const world = await subscribed(open, "pro");
    const { plans, subscriptions } = world.payments;
    const { stripe } = world;
    await Promise.all([plans.push(catalog), world.again().payments.plans.push(catalog)]);
    expect((await stripe.products.list()).data).toHaveLength(3);
    expect((await stripe.prices.list()).data).toHaveLength(3);
    await plans.push(catalog.map((plan) => (plan.tier === "pro" ? { ...plan, price: money(3_900, "usd") } : plan)));
    const standing = await stripe.prices.list({ lookup_keys: ["revops_pro_month"] });
    expect(standing.data).toMatchObject([{ unit_amount: 3_900, metadata: { revops_tier: "pro" } }]);
    expect(await subscriptions.get(subjectId)).toMatchObject({ price: money(2_900, "usd") });
    const paymentMethodId = "pm_card_visa";
    const newcomer = await subscriptions.change({ subjectId: "usr_2", tier: "pro", paymentMethodId });
    expect(newcomer.price).toEqual(money(3_900, "usd"));
  });

  test("moved to the prices of today, one is charged them from its next period on; a declined upgrade does not undo that", async () => {
    const world = await subscribed(open, "pro");
    const { plans, subscriptions, paymentMethods } = world.payments;
    const dearer = catalog.map((plan) => (plan.tier === "pro" ? { ...plan, price: money(3_900, "usd") } : plan));
    await plans.push(dearer);
    const reprice = async () => {
      await subscriptions.reprice(subjectId);
      await world.jobs.runDue();
      return subscriptions.get(subjectId);
    };
    const moved = await reprice();
    expect(await reprice()).toEqual(moved);
    expect(moved).toMatchObject({
      tier: "pro",
      price: money(2_900, "usd"),
      pendingTier: null,
      cancelAtPeriodEnd: false,
    });
    expect((await world.stripe.subscriptionSchedules.list()).data).toHaveLength(1);
    await expect(subscriptions.change({ subjectId, tier: "pro" })).rejects.toMatchObject({ code: "already_on_tier" });
    await paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_chargeCustomerFail" });
    await expect(subscriptions.change({ subjectId, tier: "team" })).rejects.toMatchObject({ code: "card_declined" });
    await paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    await world.advance(new Date((moved?.currentPeriodEnd.getTime() ?? 0) + 2 * 3_600_000));
    expect(await subscriptions.get(subjectId)).toMatchObject({
      tier: "pro",
      price: money(3_900, "usd"),
      status: "active",
    });
    expect(await paidInvoices(world)).toEqual([
      ["paid", 3_900],
      ["paid", 2_900],
    ]);
    // Nothing to do for who is at them, is nobody's subscriber, or leaves.
    const at = await reprice();
    await subscriptions.reprice("usr_nobody");
    await plans.push(catalog);
    const leaving = await subscriptions.change({ subjectId, tier: "free" });
    expect(await reprice()).toEqual(leaving);
    expect(at).toMatchObject({ price: money(3_900, "usd") });
  });
});
