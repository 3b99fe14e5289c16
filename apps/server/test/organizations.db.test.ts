/**
 * A company, end to end, through HTTP against the composed server: an organization is made, people are invited and register,
 * its keys and members share one quota and one subscription, and who leaves is out at once.
 */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { type Client, client, eventually } from "./client.ts";
import { startServer } from "./server.ts";

const password = "correct horse battery";

forEachDatabase("an organization", (open) => {
  test("from its making to its end", { timeout: 120_000 }, async () => {
    const { url, service } = await startServer({ databaseUrl: (await open()).url });
    const anonymous = client(url);
    const register = async (name: string) => {
      const signedIn = await anonymous.post("/auth/register", { email: `${name}@example.com`, password }, 201);
      const headers = { authorization: `Bearer ${signedIn.accessToken}` };
      const inOrganization = (id: string) => client(url, { ...headers, "x-organization": id });
      return { id: signedIn.user.id as string, self: client(url, headers), inOrganization, signedIn };
    };
    const codeFor = async (name: string) => {
      let code: string | undefined;
      await eventually(async () => {
        const response = await fetch(`${url}/dev/outbox`, { headers: { accept: "application/json" } });
        const { data } = (await response.json()) as { data: { to: string; subject: string; text: string }[] };
        const letter = data.find(({ to, subject }) => to === `${name}@example.com` && subject.startsWith("Join"));
        code = /rvc_\S+/.exec(letter?.text ?? "")?.[0];
        expect(code).toBeDefined();
      });
      return code;
    };

    // Ada founds it, and invites two who have no account yet.
    const ada = await register("ada");
    const engines = await ada.self.post("/organizations", { name: "Analytical Engines" }, 201);
    expect(engines).toMatchObject({ id: expect.stringMatching(/^org_/), role: "owner" });
    const invitations = `/organizations/${engines.id}/invitations`;
    await ada.self.post(invitations, { email: "bob@example.com", role: "admin" }, 201);
    await ada.self.post(invitations, { email: "cy@example.com" }, 201);
    const [bob, cy] = [await register("bob"), await register("cy")];
    for (const [name, person] of [
      ["bob", bob],
      ["cy", cy],
    ] as const) {
      await person.self.post("/auth/invitations/accept", { code: await codeFor(name) }, 200);
      expect((await person.self.get("/auth/me", 200)).emailVerified).toBe(true);
    }
    const [asAda, asBob, asCy] = [ada, bob, cy].map(({ inOrganization }) => inOrganization(engines.id));
    if (!asAda || !asBob || !asCy) throw new Error("Three people are in it.");

    // Keys of two admins, and a member's session, use one quota: that of the organization, and nobody's own.
    const keyOf = async (admin: Client, name: string) => {
      const { key } = await admin.post("/auth/keys", { name }, 201);
      return client(url, { "x-api-key": key });
    };
    const [adasKey, bobsKey] = [await keyOf(asAda, "production"), await keyOf(asBob, "staging")];
    expect((await asCy.post("/auth/keys", { name: "mine" }, 403)).code).toBe("forbidden");
    await Promise.all([adasKey, bobsKey, asCy].flatMap((who) => [search(who), search(who)]));
    await bobsKey.post("/billing/usage", { id: "batch-1", operation: "api_call", quantity: 990 }, 200);
    expect(await usage(asCy)).toMatchObject({ used: 996, limit: 1_000 });
    for (const { self } of [ada, bob, cy]) expect(await usage(self)).toMatchObject({ used: 0 });
    const many = await Promise.allSettled([adasKey, bobsKey, asCy, asAda].flatMap((who) => [search(who), search(who)]));
    expect(many.filter(({ status }) => status === "fulfilled")).toHaveLength(4);
    expect((await adasKey.post("/marketplace/search", {}, 429)).code).toBe("quota_exceeded");
    await search(cy.self);

    // Who is invited may as well register with the code.
    await ada.self.post(invitations, { email: "dot@example.com" }, 201);
    const dot = { email: "dot@example.com", password, invitationCode: await codeFor("dot") };
    expect(await anonymous.post("/auth/register", { ...dot, invitationCode: "rvc_none" }, 422)).toMatchObject({
      code: "invalid_code",
    });
    const { user: dotty } = await anonymous.post("/auth/register", dot, 201);
    expect(dotty.emailVerified).toBe(true);
    expect((await asAda.get(`/organizations/${engines.id}/members`, 200)).data).toHaveLength(4);
    await asAda.delete(`/organizations/${engines.id}/members/${dotty.id}`, 204);

    // A member does not spend; an admin does, for all of them.
    const card = { tier: "pro", paymentMethodId: "pm_card_visa" };
    expect((await asCy.put("/billing/subscription", card, 403)).code).toBe("forbidden");
    expect(await asBob.put("/billing/subscription", card, 200)).toMatchObject({ tier: "pro", status: "active" });
    for (const who of [asAda, asCy, adasKey]) {
      expect(await who.get("/billing/subscription", 200)).toMatchObject({ tier: "pro" });
      await search(who);
    }
    expect(await bob.self.get("/billing/subscription", 200)).toMatchObject({ tier: "free" });
    await eventually(async () => expect((await asCy.get("/billing/invoices", 200)).data).toHaveLength(1));
    expect((await bob.self.get("/billing/invoices", 200)).data).toEqual([]);

    // Somebody else's is nobody's.
    const eve = await register("eve");
    for (const path of ["/billing/usage", "/billing/invoices", "/auth/keys"]) {
      expect((await eve.inOrganization(engines.id).get(path, 404)).code).toBe("not_found");
    }
    await eve.self.get(`/organizations/${engines.id}`, 404);

    // Who is removed is out at once, and so is what they made; what others made goes on.
    expect((await cy.self.delete(`/organizations/${engines.id}/members/${bob.id}`, 403)).code).toBe("forbidden");
    await ada.self.delete(`/organizations/${engines.id}/members/${bob.id}`, 204);
    expect((await asBob.get("/billing/usage", 404)).code).toBe("not_found");
    expect((await bobsKey.get("/billing/usage", 401)).code).toBe("invalid_api_key");
    await bob.self.get("/billing/usage", 200);
    await search(adasKey);

    // Ada hands it over, and may be erased then; with her go her keys.
    expect((await ada.self.delete("/auth/me", 409)).code).toBe("last_owner");
    await ada.self.post(`/organizations/${engines.id}/transfer`, { userId: cy.id }, 204);
    await ada.self.delete("/auth/me", 204);
    expect((await adasKey.get("/billing/usage", 401)).code).toBe("invalid_api_key");
    expect((await cy.self.get(`/organizations/${engines.id}/members`, 200)).data).toMatchObject([
      { userId: cy.id, role: "owner" },
    ]);
    const log = (await cy.self.get(`/organizations/${engines.id}/audit?limit=100`, 200)).data;
    expect(log.filter(({ address }: { address: string | null }) => address !== null).length).toBeGreaterThan(0);
    for (const { actorId, address } of log) if (actorId === ada.id) expect(address).toBeNull();

    // Its end is the end of its subscription; the invoice stays in the books.
    const subscription = () => service.payments.subscriptions.get(engines.id);
    expect(await subscription()).toMatchObject({ tier: "pro", status: "active" });
    await cy.self.delete(`/organizations/${engines.id}`, 204);
    await asCy.get("/billing/usage", 404);
    await eventually(async () => expect(await subscription()).toBeNull());
    await eventually(async () => expect(await service.saas.entitlements.tierOf(engines.id)).toBe("free"));
    expect((await service.payments.invoices.list(engines.id, { limit: 10 })).data).toHaveLength(1);
  });

  test("a token tells which state of the entitlement it is of, and is stale after an upgrade", {
    timeout: 60_000,
  }, async () => {
    const { url, service } = await startServer({ databaseUrl: (await open()).url });
    const anonymous = client(url);
    const first = await anonymous.post("/auth/register", { email: "ada@example.com", password }, 201);
    const claims = (token: string) => service.auth.tokens.verify(token);
    const before = await claims(first.accessToken);
    expect(before.epoch).toBeGreaterThan(0);
    const validate = async (token: string) => anonymous.post("/auth/validate", { token }, 200);
    expect(await validate(first.accessToken)).toMatchObject({ valid: true, stale: false, claims: { tier: "free" } });
    const ada = client(url, { authorization: `Bearer ${first.accessToken}` });
    await ada.put("/billing/subscription", { tier: "pro", paymentMethodId: "pm_card_visa" }, 200);
    expect(await validate(first.accessToken)).toMatchObject({ valid: true, stale: true, claims: { tier: "free" } });
    // Its webhooks say the same again, and change no version.
    await eventually(async () => expect((await ada.get("/billing/invoices", 200)).data).toHaveLength(1));
    const second = await anonymous.post("/auth/refresh", { refreshToken: first.refreshToken }, 200);
    expect(await claims(second.accessToken)).toMatchObject({ tier: "pro" });
    expect((await claims(second.accessToken)).epoch).toBeGreaterThan(before.epoch);
    expect(await validate(second.accessToken)).toMatchObject({ valid: true, stale: false });
  });
});

const search = (who: Client) => who.post("/marketplace/search", { query: "x", limit: 1 }, 200);

async function usage(who: Client) {
  const report = await who.get("/billing/usage", 200);
  return report.features.find((item: { feature: string }) => item.feature === "api_call");
}
