import { expect } from "vitest";
import type { Person, TestApi } from "./service.ts";

/**
 * An object of that person's for each place of an id: an `{id}` under the path before it, another under its own name.
 * @param name parts the names of one person's things from another's
 */
export async function objectsOf(service: TestApi, owner: Person, name = "her"): Promise<Record<string, string>> {
  const { auth, emulator, marketplace, payments, saas, webhooks } = service;
  const { id: subjectId } = owner;
  const draft = {
    publisherId: subjectId,
    slug: `${name}-draft`,
    name: "A draft",
    kind: "package",
    summary: "Nobody else's business",
    description: "",
    category: "files",
    tags: [],
    price: null,
  } as const;
  const listing = await marketplace.listings.create(draft);
  await marketplace.versions.publish({ listingId: listing.id, version: "1.0.0", artifact: Buffer.from("bytes") });
  const method = await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
  const offer = {
    ...draft,
    publisherId: "usr_publisher",
    slug: `${name}-offer`,
    kind: "service",
    publish: true,
  } as const;
  const bought = await marketplace.listings.create({ ...offer, price: { amount: 900, currency: "usd" } });
  const { purchase } = await marketplace.orders.purchase({ buyerId: subjectId, listingId: bought.id });
  const [license] = (await marketplace.licenses.list(subjectId, { limit: 1 })).data;
  await payments.subscriptions.change({ subjectId, tier: "pro" });
  // Mirrored by a webhook.
  const invoices = async () => (await payments.invoices.list(subjectId, { limit: 1 })).data;
  await expect.poll(async () => (await invoices()).length, { timeout: 20_000 }).toBe(1);
  const [invoice] = await invoices();
  // The upgrade ended the free cycle, which is closed a minute later.
  await emulator.clock.advance(61_000);
  await saas.cycles.close(subjectId);
  const [cycle] = (await saas.cycles.list(subjectId, { limit: 1 })).data;
  const host = await auth.organizations.create({ userId: subjectId, name: "The host" });
  const invitation = await auth.organizations.invitations.create({
    organizationId: host.id,
    actorId: subjectId,
    email: "eve@example.com",
  });
  await saas.quotas.reserve({ subjectId, id: `${name}-reservation`, feature: "api_call" });
  await saas.credits.grant({ subjectId, id: `${name}-credit`, feature: "api_call", amount: 5 });
  const { verdict } = await saas.quotas.explain({ subjectId, feature: "api_call", keep: true });
  const [session] = (await auth.sessions.list(subjectId, { limit: 1 })).data;
  const endpoint = await webhooks.endpoints.create({ subjectId, url: "http://127.0.0.1:9/" });
  const delivery = await webhooks.endpoints.test({ subjectId, endpointId: endpoint.id });
  return {
    "/organizations": (await auth.organizations.create({ userId: subjectId, name: "hers" })).id,
    "/auth/invitations": invitation.id,
    "/webhooks/endpoints": endpoint.id,
    deliveryId: delivery.id,
    invitationId: invitation.id,
    userId: subjectId,
    paymentMethodId: method.id,
    "/auth/keys": (await auth.apiKeys.create({ subjectId, name: "hers" })).id,
    "/auth/sessions": session?.id ?? "",
    "/marketplace/packages": listing.id,
    "/marketplace/purchases": purchase.id,
    "/marketplace/licenses": license?.id ?? "",
    "/billing/invoices": invoice?.id ?? "",
    "/billing/cycles": cycle?.id ?? "",
    "/billing/payment-methods": method.id,
    "/billing/usage/reservations": `${name}-reservation`,
    "/billing/usage/verdicts": verdict.id ?? "",
    "/billing/credits": `${name}-credit`,
  };
}
