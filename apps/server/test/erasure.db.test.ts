/** What erasing an account brings about in the other packages. */
import { openDatabase } from "@revops/database";
import { dumpOf } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { type Client, client, eventually } from "./client.ts";
import { startServer } from "./server.ts";

const password = "correct horse battery";
const card = { tier: "pro", paymentMethodId: "pm_card_visa" };

forEachDatabase("erasing an account", (open) => {
  test("ends its subscription at Stripe, takes its name and address out of everything, and its purchases still add up", {
    timeout: 60_000,
  }, async () => {
    const { url: databaseUrl } = await open();
    const { url, service } = await startServer({ databaseUrl });
    const register = async (email: string, name?: string) => {
      const { user, accessToken } = await client(url).post("/auth/register", { email, name, password }, 201);
      const headers = { authorization: `Bearer ${accessToken}` };
      const inOrganization = (id: string): Client => client(url, { ...headers, "x-organization": id });
      return { id: user.id as string, self: client(url, headers), inOrganization };
    };
    const ada = await register("ada@example.com", "Ada Lovelace");
    const bob = await register("bob@example.com");
    await ada.self.put("/billing/subscription", card, 200);
    const subscription = () => service.payments.subscriptions.get(ada.id);
    expect(await subscription()).toMatchObject({ tier: "pro", status: "active" });

    // Stripe writes to Ada, who pays for an organization that is to go on without her.
    const { id: organizationId } = await bob.self.post("/organizations", { name: "Engines" }, 201);
    const { auth, payments } = service;
    await auth.organizations.invitations.create({
      organizationId,
      actorId: null,
      email: "ada@example.com",
      role: "admin",
    });
    const code = await invitationCode(url);
    await ada.self.post("/auth/invitations/accept", { code }, 200);
    await ada.inOrganization(organizationId).put("/billing/subscription", card, 200);
    expect(await payments.customers.get(organizationId)).toMatchObject({ email: "ada@example.com" });

    // She teaches under her name, and has learnt something herself, by the month.
    const lessons = [{ id: "one", title: "One" }];
    const course = { kind: "course", summary: "…", category: "courses", course: { lessons } };
    const taught = { ...course, slug: "engines", name: "Engines", publisherName: "Ada Lovelace" };
    await ada.self.post("/marketplace/packages", taught, 201);
    // And is to be paid for it: Stripe is told where to write.
    await ada.self.post("/marketplace/publisher/account", { email: "ada@example.com" }, 201);
    const learnt = { ...course, slug: "shacl", name: "SHACL", interval: "month" };
    await bob.self.post("/marketplace/packages", { ...learnt, price: { amount: 900, currency: "usd" } }, 201);
    const { purchase } = await ada.self.post("/marketplace/packages/shacl/purchase", {}, 201);
    await ada.self.post("/marketplace/packages/shacl/lessons/one/complete", {}, 200);
    const { url: page } = await ada.self.post(
      "/marketplace/packages/shacl/certificate",
      { holder: "Ada Lovelace" },
      200,
    );
    const askForPage = async () => (await fetch(url + page, { headers: { accept: "text/html" } })).status;
    expect(await askForPage()).toBe(200);

    await ada.self.delete("/auth/me", 204);
    expect(await askForPage()).toBe(404);
    await bob.self.get("/marketplace/packages/engines", 404);
    expect(await service.marketplace.orders.get({ purchaseId: purchase.id, buyerId: ada.id })).toMatchObject({
      ...{ status: "paid", subscription: { cancelAtPeriodEnd: true } },
    });
    await eventually(async () => expect(await subscription()).toBeNull());
    expect((await payments.invoices.list(ada.id, { limit: 10 })).data).toHaveLength(1);
    await eventually(async () => {
      expect(await payments.customers.get(ada.id)).toMatchObject({ email: null, name: null });
      expect(await payments.customers.get(organizationId)).toMatchObject({ email: "bob@example.com" });
    });
    expect(await payments.subscriptions.get(organizationId)).toMatchObject({ tier: "pro", status: "active" });
    const askStripe = async (subjectId: string, path = "") => {
      const { stripeCustomerId } = (await payments.customers.get(subjectId)) ?? {};
      const address = `${service.emulator?.url}/v1/customers/${stripeCustomerId}${path}`;
      return (await fetch(address, { headers: { authorization: "Bearer sk_test_any" } })).json();
    };
    await eventually(async () => {
      expect(await askStripe(ada.id)).toMatchObject({
        email: null,
        invoice_settings: { default_payment_method: null },
      });
      expect(await askStripe(ada.id, "/payment_methods")).toMatchObject({ data: [] });
      expect(await askStripe(organizationId)).toMatchObject({ email: "bob@example.com" });
    });
    // What the organization pays with is the organization's.
    expect(await askStripe(organizationId, "/payment_methods")).toMatchObject({ data: [{}] });

    // Stripe tells of the change with what was changed.
    await eventually(async () => expect(await payments.webhooks.counts()).toMatchObject({ received: 0 }));
    await service.stop();
    expect(await tablesThatName(databaseUrl, "bob@example.com")).toContain("auth_users");
    expect(await tablesThatName(databaseUrl, ada.id)).toContain("auth_erased_users");
    for (const known of ["ada@example.com", "Ada Lovelace"]) {
      expect(await tablesThatName(databaseUrl, known)).toEqual([]);
      // Nor what is left in the file between them, for a thief.
      expect(await dumpOf(databaseUrl)).not.toContain(known);
    }
  });
});

/** Those with a row that has the text in it. */
async function tablesThatName(url: string, text: string): Promise<string[]> {
  const database = openDatabase({ url });
  const tables = await database.rows<{ name: string }>(
    database.dialect === "sqlite"
      ? sql`select name from sqlite_master where type = 'table'`
      : sql`select tablename as name from pg_tables where schemaname = 'public'`,
  );
  const naming: string[] = [];
  for (const { name } of tables) {
    const rows = await database.rows(sql`select * from ${sql.identifier(name)}`);
    if (JSON.stringify(rows, (_key, value) => (typeof value === "bigint" ? String(value) : value)).includes(text))
      naming.push(name);
  }
  await database.close();
  return naming;
}

/** Of the letter that invites Ada. */
async function invitationCode(url: string): Promise<string> {
  let code: string | undefined;
  await eventually(async () => {
    const response = await fetch(`${url}/dev/outbox`, { headers: { accept: "application/json" } });
    const { data } = (await response.json()) as { data: { subject: string; text: string }[] };
    code = /rvc_\S+/.exec(data.find(({ subject }) => subject === "Join Engines")?.text ?? "")?.[0];
    expect(code).toBeDefined();
  });
  return code ?? "";
}
