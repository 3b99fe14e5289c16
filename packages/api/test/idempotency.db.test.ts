/** A repeat gets the first answer again, and the work is done once. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { register, startApi } from "./service.ts";

forEachDatabase("Idempotency-Key", (open) => {
  test("50 parallel repeats make one key, and all end up with the same answer", async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    const headers = { ...ada.session, "idempotency-key": "make-one" };
    const make = () => service.call("POST", "/auth/keys", { headers, body: { name: "ci" } });
    const answers = await Promise.all(Array.from({ length: 50 }, make));
    const made = answers.filter(({ status }) => status === 201);
    const waiting = answers.filter(({ status }) => status === 409);
    expect(made.length + waiting.length).toBe(50);
    expect(made.filter(({ headers }) => headers.get("idempotent-replayed") === null)).toHaveLength(1);
    expect(new Set(made.map(({ body }) => body.key)).size).toBe(1);
    for (const { body } of waiting) expect(body.code).toBe("idempotency_in_progress");

    const later = await make();
    expect([later.status, later.headers.get("idempotent-replayed")]).toEqual([201, "true"]);
    expect(later.body).toEqual(made[0]?.body);
    expect((await service.auth.apiKeys.list(ada.id, { limit: 100 })).data).toHaveLength(1);
    // The kept answer holds a key: it must not be readable in the database.
    const { sql } = await import("drizzle-orm");
    const rows = await service.database.rows<{ answer: Buffer }>(sql`select answer from api_idempotency`);
    expect(rows.map(({ answer }) => Buffer.from(answer).toString("latin1")).join()).not.toContain("rvk_");
  });

  test("another body, path or user under the same key", async () => {
    const service = await startApi(open);
    const [ada, bob] = [await register(service, "ada"), await register(service, "bob")];
    const headers = { ...ada.session, "idempotency-key": "k" };
    const first = await service.call("POST", "/auth/keys", { headers, body: { name: "ci", scopes: ["billing:read"] } });
    const reordered = await service.call("POST", "/auth/keys", {
      headers,
      body: { scopes: ["billing:read"], name: "ci" },
    });
    expect(reordered.body).toEqual(first.body);
    const other = await service.call("POST", "/auth/keys", { headers, body: { name: "other" } });
    expect([other.status, other.body.code]).toEqual([422, "idempotency_key_reused"]);
    const elsewhere = await service.call("POST", `/auth/keys/${first.body.id}/revoke`, { headers });
    expect(elsewhere.body.code).toBe("idempotency_key_reused");
    const his = { ...bob.session, "idempotency-key": "k" };
    const bobs = await service.call("POST", "/auth/keys", { headers: his, body: { name: "ci" } });
    expect([bobs.status, bobs.headers.get("idempotent-replayed")]).toEqual([201, null]);
  });

  test("what was not decided is not kept: a validation failure, a 401 and a 429 may be put right", async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    const headers = { ...ada.session, "idempotency-key": "k" };
    const usage = (body: object, extra = headers) => service.call("POST", "/billing/usage", { headers: extra, body });
    expect((await usage({ id: "e", operation: "api_call", quantity: "x" })).status).toBe(422);
    expect((await usage({ id: "e", operatoin: "api_call" })).status).toBe(422);
    expect(
      (await usage({ id: "e", operation: "api_call" }, { ...headers, authorization: "Bearer x.y.z" })).status,
    ).toBe(401);
    expect((await usage({ id: "e", operation: "api_call", quantity: 1_001 })).status).toBe(429);
    const passed = await usage({ id: "e", operation: "api_call", quantity: 1_000 });
    expect([passed.status, passed.headers.get("idempotent-replayed")]).toEqual([200, null]);
  });

  test("a decided refusal is kept: the same 404 comes again though the object is there by then", async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    const headers = { ...ada.session, "idempotency-key": "k" };
    const revoke = () => service.call("POST", "/auth/keys/key_nobodys/revoke", { headers });
    const first = await revoke();
    const again = await revoke();
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([404, "true"]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("content-type")).toBe("application/problem+json");
  });

  test("a key that is no key is refused", async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    for (const key of ["", "a b", "k".repeat(256)]) {
      const headers = { ...ada.session, "idempotency-key": key };
      const { body } = await service.call("POST", "/auth/keys", { headers, body: { name: "ci" } });
      expect(body.code, key).toBe("invalid_idempotency_key");
    }
  });
});
