/** Reservations, credits, caps and verdicts over HTTP. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { keyOf, register, startApi, type TestApi } from "./service.ts";

async function someone(service: TestApi, name = "ada") {
  const person = await register(service, name);
  const headers = await keyOf(service, person);
  const send = (method: string) => (path: string, body?: object) =>
    service.call(method, path, body === undefined ? { headers } : { headers, body });
  const api = {
    id: person.id,
    session: person.session,
    get: send("GET"),
    post: send("POST"),
    put: send("PUT"),
    del: send("DELETE"),
  };
  const usage = async () => (await api.get("/billing/usage")).body.features[0];
  return { ...api, usage };
}

const plain = ["feature", "kind", "used", "limit", "remaining", "percent", "nearLimit", "resetsAt"];

forEachDatabase("quotas over HTTP", (open) => {
  test("units are reserved, committed in part, and released, each once", async () => {
    const { post, get, usage } = await someone(await startApi(open));
    expect(Object.keys(await usage())).toEqual(plain);
    const reserve = (id: string, quantity: number) =>
      post("/billing/usage/reservations", { id, operation: "api_call", quantity });
    const made = await reserve("job-1", 900);
    expect(made).toMatchObject({
      status: 201,
      body: { id: "job-1", feature: "api_call", state: "held", quantity: 900 },
    });
    expect(await reserve("job-1", 5)).toMatchObject({ status: 201, body: { quantity: 900 } });
    expect(await usage()).toMatchObject({ used: 900, remaining: 100, nearLimit: true, held: 900 });
    const refused = await reserve("job-2", 101);
    expect(refused.body).toMatchObject({
      status: 429,
      code: "quota_exceeded",
      feature: "api_call",
      limit: 1_000,
      used: 900,
      resetsAt: expect.any(String),
      upgradeTo: "pro",
    });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);

    const at = "/billing/usage/reservations/job-1";
    const more = await post(`${at}/commit`, { quantity: 1_001 });
    expect([more.status, more.body.code]).toEqual([429, "quota_exceeded"]);
    expect((await post(`${at}/commit`, { quantity: 40 })).body).toMatchObject({ state: "committed", committed: 40 });
    expect((await post(`${at}/commit`, { quantity: 50 })).body).toMatchObject({ committed: 40 });
    expect((await post(`${at}/release`)).body).toMatchObject({ status: 409, code: "reservation_committed" });
    await reserve("job-2", 10);
    expect((await post("/billing/usage/reservations/job-2/release")).body).toMatchObject({ state: "released" });
    expect((await post("/billing/usage/reservations/job-2/commit", {})).body).toMatchObject({
      status: 409,
      code: "reservation_released",
    });
    expect((await post("/billing/usage/reservations/job-3/release")).status).toBe(404);
    const { data } = (await get("/billing/usage/reservations?limit=1")).body;
    expect(data).toMatchObject([{ id: "job-2", state: "released" }]);
    expect((await get(at)).body).toMatchObject({ state: "committed" });
    expect(await usage()).toMatchObject({ used: 40, remaining: 960 });
    expect(Object.keys(await usage())).toEqual(plain);
    expect((await post("/billing/usage/reservations", { id: "x", operation: "api_call", quantity: 0 })).status).toBe(
      422,
    );
    expect((await post("/billing/usage/reservations", { id: "x", operation: "api_call", until: 1 })).status).toBe(422);
  });

  test("an admin gives credits, which raise the limit, and takes back what is left", async () => {
    const service = await startApi(open);
    const ada = await someone(service);
    const eve = await register(service, "eve");
    const grant = {
      subjectId: ada.id,
      id: "gift-1",
      feature: "api_call",
      amount: 500,
      expiresAt: "2099-01-01T00:00:00Z",
    };
    const give = (body: object) => service.call("POST", "/admin/credits", { headers: eve.session, body });
    expect((await give(grant)).body).toMatchObject({ status: 403, code: "forbidden" });
    await service.auth.users.setRole(eve.id, "admin");
    expect(await give(grant)).toMatchObject({ status: 201, body: { id: "gift-1", remaining: 500, state: "active" } });
    expect((await give({ ...grant, amount: 900 })).body).toMatchObject({ amount: 500 });
    expect((await give({ ...grant, id: "x", amount: -1 })).body).toMatchObject({ status: 422, code: "invalid_credit" });
    expect((await give({ ...grant, subjectId: "usr_x", id: "x" })).status).toBe(404);

    expect(await ada.usage()).toMatchObject({ used: 0, limit: 1_500, remaining: 1_500, credits: 500 });
    await ada.post("/billing/usage", { id: "much", operation: "api_call", quantity: 1_200 });
    expect(await ada.usage()).toMatchObject({ used: 1_200, limit: 1_500, remaining: 300, percent: 80, credits: 300 });
    expect((await ada.get("/billing/credits")).body.data).toMatchObject([
      { account: { pool: null, feature: "api_call" }, remaining: 300, credits: [{ id: "gift-1", remaining: 300 }] },
    ]);
    const entries = (await ada.get("/billing/credits/gift-1/entries")).body.data;
    expect(entries).toMatchObject([
      { kind: "grant", quantity: 500 },
      { kind: "draw", quantity: -200 },
    ]);
    const body = { subjectId: ada.id, id: "gift-1" };
    const taken = await service.call("POST", "/admin/credits/void", { headers: eve.session, body });
    expect(taken.body).toMatchObject({ state: "void", remaining: 0 });
    const refused = await ada.post("/billing/usage", { id: "more", operation: "api_call" });
    expect(refused.body).toMatchObject({ status: 429, code: "quota_exceeded", used: 1_200 });
  });

  test("a verdict is explained, kept, and replayed; caps on spending are set and taken away", async () => {
    const service = await startApi(open);
    const ada = await someone(service);
    await ada.post("/billing/usage", { id: "all", operation: "api_call", quantity: 1_000 });
    const asked = await ada.post("/billing/usage/explain", { operation: "api_call", keep: true });
    expect(asked.body).toMatchObject({
      verdict: { allowed: false, reason: "quota_exceeded", limitFrom: { kind: "plan", id: "free" } },
      inputs: { used: 1_000, limit: 1_000 },
    });
    const { id } = asked.body.verdict;
    await service.saas.entitlements.assign({ subjectId: ada.id, tier: "pro", status: "active" });
    const replay = await ada.get(`/billing/usage/verdicts/${id}`);
    expect(replay.body).toMatchObject({
      id,
      same: true,
      kept: asked.body.verdict,
      today: { allowed: true, tier: "pro" },
    });
    expect(replay.body.differs).toContain("allowed");
    expect((await ada.post("/billing/usage/explain", { operation: "gold" })).body.code).toBe("unknown_feature");

    expect((await ada.put("/billing/spend-caps", { amount: 5_000 })).body).toEqual({
      feature: null,
      units: null,
      amount: 5_000,
    });
    expect((await ada.put("/billing/spend-caps", { operation: "api_call", units: 10 })).status).toBe(200);
    expect((await ada.put("/billing/spend-caps", { operation: "api_call", amount: -1 })).body).toMatchObject({
      status: 422,
      code: "invalid_spend_cap",
    });
    expect((await ada.get("/billing/spend-caps")).body.data).toHaveLength(2);
    expect((await ada.del("/billing/spend-caps?operation=api_call")).status).toBe(204);
    expect((await ada.get("/billing/spend-caps")).body.data).toMatchObject([{ feature: null, amount: 5_000 }]);
  });
});
