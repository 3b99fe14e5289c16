/** Billing cycles, what-ifs, and what an admin agrees upon, over HTTP. */
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { keyOf, register, startApi } from "./service.ts";

async function startWithAdmin(open: OpenDatabase) {
  const service = await startApi(open);
  const ada = await register(service, "ada");
  const root = await register(service, "root");
  await service.auth.users.setRole(root.id, "admin");
  const admin = (method: string, path: string, body?: object) =>
    service.call(method, `/admin${path}`, { headers: root.session, body });
  // A key outlives the months that the clock is moved by.
  const key = await keyOf(service, ada);
  const mine = (method: string, path: string, body?: object) =>
    service.call(method, `/billing${path}`, { headers: key, body });
  return { ...service, service, ada, root, admin, mine };
}

forEachDatabase("billing cycles over HTTP", (open) => {
  test("the cycle under way with its arithmetic; closed ones; a what-if", async () => {
    const { saas, ada, mine, admin, emulator } = await startWithAdmin(open);
    const preview = await mine("GET", "/preview");
    expect(preview.status).toBe(200);
    expect(preview.body).toMatchObject({ tier: "free", state: "active", daysRemaining: 30, accrued: { amount: 0 } });
    expect((await mine("GET", "/cycles")).body).toEqual({ data: [], nextCursor: null });

    await saas.meters.record({ subjectId: ada.id, id: "a", feature: "api_call", quantity: 900 });
    const rules = { api_call: { charge: { model: "per_unit", unitAmount: "0.5" }, included: 100 } };
    const tier = {
      id: "acme",
      level: 7,
      name: "Acme",
      price: { amount: 5_000, currency: "usd" },
      interval: "month",
      limits: { api_call: null, template_install: null, storage: null },
      flags: { custom_ontologies: true, priority_support: true },
      values: { sla: "99.9%" },
      rules,
    };
    expect(await admin("PUT", `/subjects/${ada.id}/custom-tier`, tier)).toMatchObject({
      status: 200,
      body: { tier: "acme", pinned: true, price: { amount: 5_000 } },
    });
    await saas.meters.record({ subjectId: ada.id, id: "b", feature: "api_call", quantity: 1_101 });
    const { body } = await mine("GET", "/preview");
    expect(body).toMatchObject({ tier: "acme", accrued: { amount: 5_501 }, amount: { amount: 5_000 } });
    const line = body.statement.lines.find(({ id }: { id: string }) => id === "usage:api_call");
    expect(line).toMatchObject({
      quantity: "1101",
      amount: { amount: 501, currency: "usd" },
      arithmetic: [{ quantity: "1001", unitAmount: "0.5", flatAmount: "0", amount: "500.5" }],
      events: { feature: "api_call" },
    });

    await emulator.clock.advance(31 * 86_400_000);
    await saas.cycles.closeDue();
    const first = await mine("GET", "/cycles?limit=1");
    expect(first.body).toMatchObject({ data: [{ tier: "acme", state: "active", total: { amount: 5_501 } }] });
    const second = await mine("GET", `/cycles?limit=1&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ data: [{ tier: "free", total: { amount: 0 } }], nextCursor: null });
    const [{ id }] = first.body.data;
    expect((await mine("GET", `/cycles/${id}`)).body.statement).toEqual(body.statement);
    const change = await mine("POST", "/preview", { tier: "pro" });
    expect(change.body).toMatchObject({ tier: "pro", kind: "downgrade", statement: { total: { currency: "usd" } } });
    expect(await mine("POST", "/preview", { tier: "gold" })).toMatchObject({ body: { code: "unknown_tier" } });
    const what = await mine("POST", "/what-if", { tier: "free", cycles: 1 });
    expect(what.body).toMatchObject({
      actual: { amount: 10_501 },
      total: { amount: 0 },
      cycles: [{ cycleId: null }, { cycleId: id, overLimit: [{ feature: "api_call", used: "1101", limit: "1000" }] }],
    });
    expect(await mine("POST", "/what-if", { tier: "gold" })).toMatchObject({
      status: 422,
      body: { code: "unknown_tier" },
    });
    expect(await mine("POST", "/what-if", { tier: "pro", cycles: 1e9 })).toMatchObject({ status: 422 });
  });

  test("enterprise is sold by hand: contact sales, an admin gives it, and then one has it", async () => {
    const { mine, admin, ada } = await startWithAdmin(open);
    const ask = () => mine("PUT", "/subscription", { tier: "enterprise" });
    expect(await ask()).toMatchObject({ status: 422, body: { code: "contact_sales" } });
    expect(await admin("PUT", `/subjects/${ada.id}/tier`, { tier: "enterprise" })).toMatchObject({ status: 200 });
    expect(await ask()).toMatchObject({ status: 200, body: { tier: "enterprise", price: null } });
    expect((await mine("GET", "/usage")).body).toMatchObject({
      tier: "enterprise",
      features: [{ limit: null }, {}, {}],
    });
    expect(await admin("DELETE", `/subjects/${ada.id}/tier`)).toMatchObject({ body: { tier: "free", pinned: false } });
    expect(await ask()).toMatchObject({ status: 422, body: { code: "contact_sales" } });
  });

  test("trials, overrides, grants and discounts; shown with their history", async () => {
    const { mine, admin, ada } = await startWithAdmin(open);
    const of = (path: string) => `/subjects/${ada.id}${path}`;
    expect(await admin("POST", of("/trial"), { tier: "pro", days: 7 })).toMatchObject({
      body: { tier: "pro", status: "trialing", scheduled: { reason: "trial_end", tier: "free" } },
    });
    expect(await admin("POST", of("/trial"), { tier: "pro", days: 7 })).toMatchObject({
      status: 409,
      body: { code: "trial_not_available" },
    });
    await admin("PUT", of("/overrides"), { limits: { api_call: 5 }, flags: { priority_support: true } });
    await admin("PUT", of("/grants/sorry"), { feature: "api_call", quantity: 2 });
    expect((await mine("GET", "/usage")).body.features[0]).toMatchObject({ limit: 7 });
    expect(await admin("DELETE", of("/grants/sorry"))).toMatchObject({ body: { grants: [], limits: { api_call: 5 } } });
    const discount = { name: "Launch", percent: "12.5", duration: 3 };
    expect(await admin("PUT", of("/discounts/launch"), discount)).toMatchObject({
      body: { id: "launch", percent: "12.5", cycles: 3, applied: 0 },
    });
    expect((await admin("DELETE", of("/discounts/launch"))).status).toBe(204);
    const { body } = await admin("GET", of("/entitlement"));
    expect(body).toMatchObject({ entitlement: { tier: "pro", flags: { priority_support: true } } });
    expect(body.discounts[0].endedAt).not.toBeNull();
    expect(body.history.map((past: { tier: string }) => past.tier)).toEqual(["pro", "pro", "pro", "pro", "free"]);
    expect(await admin("POST", of("/plan-version"))).toMatchObject({ status: 200 });
    const versions = await admin("GET", "/plans/versions");
    expect(versions.body.data).toMatchObject([{ current: true }]);
    expect((await admin("GET", `/plans/diff?from=${versions.body.data[0].version}`)).body.changes).toEqual([]);
    for (const [path, input, code] of [
      ["/overrides", { limits: { calls: 5 } }, "unknown_feature"],
      ["/overrides", { limits: { api_call: -5 } }, "invalid_agreement"],
      ["/grants/x", { feature: "sla", quantity: 2 }, "invalid_agreement"],
      ["/add-ons/none", { quantity: 2 }, "unknown_add_on"],
      ["/discounts/x", { name: "x", percent: 101, duration: "once" }, "invalid_discount"],
      ["/tier", { tier: "gold" }, "unknown_tier"],
      ["/custom-tier", {}, "validation_failed"],
    ] as const) {
      expect(await admin("PUT", of(path), input), path).toMatchObject({ status: 422, body: { code } });
    }
    expect(await admin("PUT", "/subjects/usr_none/tier", { tier: "pro" })).toMatchObject({ status: 404 });
    expect(await admin("GET", "/plans/diff?from=never")).toMatchObject({ body: { code: "unknown_plan_version" } });
  });

  test("no route of an admin lets anybody else in, nor an admin's API key", async () => {
    const { api, call, ada, root, service } = await startWithAdmin(open);
    const paths = Object.entries(api.document.paths ?? {}).filter(([path]) => path.startsWith("/admin/"));
    expect(paths.length).toBeGreaterThan(9);
    for (const [path, item] of paths) {
      for (const method of Object.keys(item)) {
        const at = path.replace("{id}", ada.id);
        for (const headers of [ada.session, await keyOf(service, root), await keyOf(service, ada)]) {
          const { status, body } = await call(method.toUpperCase(), at, { headers });
          expect([status, body.code], `${method} ${path}`).toEqual([403, "forbidden"]);
        }
      }
    }
  });
});
