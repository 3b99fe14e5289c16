/** Organizations over HTTP: who may do what, and who pays. */
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { createLetters, type Letters } from "./letters.ts";
import { organizationOf, type Person, register, startApi, type TestApi } from "./service.ts";

interface Served extends TestApi {
  readonly letters: Letters;
}

async function serve(open: OpenDatabase): Promise<Served> {
  const letters = createLetters();
  return { ...(await startApi(open, { mail: letters })), letters };
}

/** Makes somebody a member, as the letter and its code would. */
async function join(service: Served, organizationId: string, owner: Person, user: Person, role = "member") {
  const { call, letters } = service;
  const { email } = await service.auth.users.get(user.id);
  const invited = await call("POST", `/organizations/${organizationId}/invitations`, {
    headers: owner.session,
    body: { email, role },
  });
  expect(invited.status).toBe(201);
  const code = await letters.codeFor(email);
  expect(JSON.stringify(invited.body)).not.toContain(code);
  const accepted = await call("POST", "/auth/invitations/accept", { headers: user.session, body: { code } });
  expect([accepted.status, accepted.body.id, accepted.body.role]).toEqual([200, organizationId, role]);
  return code;
}

forEachDatabase("organizations over HTTP", (open) => {
  test("are made, listed, renamed, handed over, left and deleted", async () => {
    const service = await serve(open);
    const { call } = service;
    const [ada, bob] = [await register(service, "ada"), await register(service, "bob")];
    const idempotent = { headers: { ...ada.session, "idempotency-key": "once" }, body: { name: " Engines " } };
    const made = await call("POST", "/organizations", idempotent);
    expect([made.status, made.body]).toEqual([201, expect.objectContaining({ name: "Engines", role: "owner" })]);
    expect((await call("POST", "/organizations", idempotent)).body).toEqual(made.body);
    const { id } = made.body;
    const path = `/organizations/${id}`;
    await join(service, id, ada, bob, "admin");
    expect((await call("GET", "/organizations", { headers: bob.session })).body).toEqual({
      data: [expect.objectContaining({ id, role: "admin" })],
      nextCursor: null,
    });
    const renamed = await call("PATCH", path, { headers: bob.session, body: { name: "Difference Engines" } });
    expect(renamed.body).toMatchObject({ id, name: "Difference Engines", role: "admin" });
    expect((await call("PATCH", path, { headers: bob.session, body: { name: " " } })).body.code).toBe("invalid_name");
    const smuggled = { headers: bob.session, body: { name: "x", role: "owner" } };
    expect((await call("PATCH", path, smuggled)).body.code).toBe("validation_failed");
    expect((await call("DELETE", path, { headers: bob.session })).body.code).toBe("forbidden");
    expect((await call("DELETE", `${path}/members/${ada.id}`, { headers: ada.session })).body.code).toBe("last_owner");
    expect((await call("DELETE", "/auth/me", { headers: ada.session })).body.code).toBe("last_owner");

    const handover = { headers: ada.session, body: { userId: bob.id } };
    expect((await call("POST", `${path}/transfer`, handover)).status).toBe(204);
    expect((await call("POST", `${path}/transfer`, handover)).body.code).toBe("forbidden");
    const members = await call("GET", `${path}/members`, { headers: ada.session });
    expect(members.body.data).toMatchObject([
      { userId: ada.id, email: "ada@example.com", role: "admin" },
      { userId: bob.id, role: "owner" },
    ]);
    const firstPage = await call("GET", `${path}/members?limit=1`, { headers: ada.session });
    const cursor = encodeURIComponent(firstPage.body.nextCursor);
    const second = await call("GET", `${path}/members?limit=1&cursor=${cursor}`, { headers: ada.session });
    expect(second.body).toMatchObject({ data: [{ userId: bob.id }], nextCursor: null });
    const demoted = { headers: bob.session, body: { role: "member" } };
    expect((await call("PATCH", `${path}/members/${ada.id}`, demoted)).status).toBe(204);
    expect((await call("GET", `${path}/audit`, { headers: ada.session })).body.code).toBe("forbidden");
    const log = await call("GET", `${path}/audit`, { headers: bob.session });
    expect(log.body.data[0]).toMatchObject({ action: "organization.member_role_changed", actorId: bob.id });

    const exported = await call("GET", "/auth/export", { headers: ada.session });
    expect(exported.body.organizations).toMatchObject([{ id, role: "member" }]);
    expect((await call("DELETE", `${path}/members/${ada.id}`, { headers: ada.session })).status).toBe(204);
    expect((await call("GET", path, { headers: ada.session })).body.code).toBe("not_found");
    expect((await call("DELETE", path, { headers: bob.session })).status).toBe(204);
    expect((await call("GET", path, { headers: bob.session })).body.code).toBe("not_found");
  });

  test("invitations are seen, taken back, declined, and accepted by the verified address without the code", async () => {
    const service = await serve(open);
    const { call, auth, letters } = service;
    const [ada, bob, eve] = await Promise.all(["ada", "bob", "eve"].map((name) => register(service, name)));
    if (!ada || !bob || !eve) throw new Error("Three people registered.");
    const { id } = await organizationOf(service, ada);
    const path = `/organizations/${id}/invitations`;
    const invite = async (email: string) =>
      (await call("POST", path, { headers: ada.session, body: { email } })).body.id as string;
    const first = await invite("bob@example.com");
    const unverified = await call("POST", `/auth/invitations/${first}/accept`, { headers: bob.session });
    expect([unverified.status, unverified.body.code]).toEqual([403, "email_not_verified"]);
    await auth.emails.verify({ code: await letters.codeFor("bob@example.com", /^Verify/) });
    const received = await call("GET", "/auth/invitations", { headers: bob.session });
    expect(received.body.data).toMatchObject([{ id: first, organizationName: "Analytical Engines", role: "member" }]);
    expect((await call("POST", `/auth/invitations/${first}/accept`, { headers: eve.session })).status).toBe(404);
    expect((await call("DELETE", `/auth/invitations/${first}`, { headers: bob.session })).status).toBe(204);
    expect((await call("GET", path, { headers: ada.session })).body.data).toEqual([]);

    const second = await invite("bob@example.com");
    expect((await call("DELETE", `${path}/${second}`, { headers: ada.session })).status).toBe(204);
    expect((await call("POST", `/auth/invitations/${second}/accept`, { headers: bob.session })).status).toBe(404);
    const third = await invite("bob@example.com");
    expect((await call("POST", `/auth/invitations/${third}/accept`, { headers: bob.session })).body.id).toBe(id);
    const again = await call("POST", path, { headers: ada.session, body: { email: "bob@example.com" } });
    expect([again.status, again.body.code]).toEqual([409, "already_member"]);
    const wrong = await call("POST", "/auth/invitations/accept", { headers: eve.session, body: { code: "rvc_no" } });
    expect([wrong.status, wrong.body.code]).toEqual([422, "invalid_code"]);
  });

  test("members read and use, admins change money and keys, and the organization pays", async () => {
    const service = await serve(open);
    const { call, saas } = service;
    const [ada, bob] = [await register(service, "ada"), await register(service, "bob")];
    const organization = await organizationOf(service, ada);
    await join(service, organization.id, ada, bob);
    const asBob = { ...bob.session, "x-organization": organization.id };
    for (const path of ["usage", "subscription", "payment-methods", "invoices"]) {
      expect((await call("GET", `/billing/${path}`, { headers: asBob })).status, path).toBe(200);
    }
    expect((await call("GET", "/auth/keys", { headers: asBob })).status).toBe(200);
    const changes = [
      ["POST", "/auth/keys", { name: "ci" }],
      ["POST", "/billing/payment-methods", { paymentMethodId: "pm_card_visa" }],
      ["PUT", "/billing/subscription", { tier: "pro" }],
      ["DELETE", "/billing/subscription", undefined],
      ["DELETE", "/billing/payment-methods/pm_1", undefined],
      ["POST", "/marketplace/packages/pkg_1/purchase", {}],
    ] as const;
    for (const [method, path, body] of changes) {
      const refused = await call(method, path, { headers: asBob, body });
      expect([refused.status, refused.body.code], path).toEqual([403, "forbidden"]);
    }
    // For himself he may.
    expect((await call("POST", "/auth/keys", { headers: bob.session, body: { name: "own" } })).status).toBe(201);

    const made = await call("POST", "/auth/keys", { headers: organization.session, body: { name: "ci" } });
    expect(made.body).toMatchObject({ name: "ci", createdBy: ada.id });
    const key = { "x-api-key": made.body.key };
    const use = (headers: Record<string, string>, id: string) =>
      call("POST", "/billing/usage", { headers, body: { id, operation: "api_call", quantity: 5 } });
    for (const [n, headers] of [key, asBob, organization.session].entries()) {
      expect((await use(headers, `use-${n}`)).body).toMatchObject({ accepted: 1 });
    }
    await call("POST", "/marketplace/search", { headers: asBob, body: { query: "x" } });
    const used = async (subjectId: string) =>
      (await saas.usage.report(subjectId)).features.find(({ feature }) => feature === "api_call")?.used;
    expect([await used(organization.id), await used(ada.id), await used(bob.id)]).toEqual([16, 0, 0]);

    const paid = await call("PUT", "/billing/subscription", {
      headers: organization.session,
      body: { tier: "pro", paymentMethodId: "pm_card_visa" },
    });
    expect(paid.body).toMatchObject({ tier: "pro", status: "active" });
    const customer = await service.payments.customers.ensure({ subjectId: organization.id });
    expect(customer).toMatchObject({ name: "Analytical Engines", email: "ada@example.com" });
    expect((await call("GET", "/billing/subscription", { headers: asBob })).body.tier).toBe("pro");
    expect((await call("GET", "/billing/subscription", { headers: ada.session })).body.tier).toBe("free");

    const gone = { headers: ada.session };
    expect((await call("DELETE", `/organizations/${organization.id}/members/${bob.id}`, gone)).status).toBe(204);
    expect((await call("GET", "/billing/usage", { headers: asBob })).body.code).toBe("not_found");
    expect((await call("GET", "/billing/usage", { headers: bob.session })).status).toBe(200);
  });

  test("the same Idempotency-Key for oneself and for an organization are two", async () => {
    const service = await serve(open);
    const { call } = service;
    const ada = await register(service, "ada");
    const organization = await organizationOf(service, ada);
    const make = (headers: Record<string, string>) =>
      call("POST", "/auth/keys", { headers: { ...headers, "idempotency-key": "k" }, body: { name: "ci" } });
    const [own, theirs, again] = [
      await make(ada.session),
      await make(organization.session),
      await make(organization.session),
    ];
    expect([own.status, theirs.status, again.status]).toEqual([201, 201, 201]);
    expect(own.body.id).not.toBe(theirs.body.id);
    expect(again.body).toEqual(theirs.body);
  });

  test("a token from before an upgrade is told to be stale", async () => {
    const service = await serve(open);
    const { call, saas } = service;
    const ada = await register(service, "ada");
    const token = ada.session.authorization.slice("Bearer ".length);
    const validate = async () => (await call("POST", "/auth/validate", { body: { token } })).body;
    expect(await validate()).toMatchObject({ valid: true, claims: { tier: "free" }, stale: false });
    await saas.entitlements.assign({ subjectId: ada.id, tier: "pro", status: "active" });
    expect(await validate()).toMatchObject({ valid: true, claims: { tier: "free" }, stale: true });
  });
});
