/** The bytes of a webhook reach its verifier as they were sent. */
import { createHmac } from "node:crypto";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { startApi, type TestApi } from "./service.ts";

// Spaces and an escape that a parser and a writer of JSON would both lose.
const payload = (id: string) =>
  `{ "id": "${id}",  "object": "event", "type": "tax_rate.created", "created": 1, "data": { "object": { "id": "pr\\u006fd_1" } } }`;

function signed({ webhookSecret, emulator }: TestApi, body: string, atMs = emulator.clock.now().getTime()) {
  const seconds = Math.floor(atMs / 1000);
  const mac = createHmac("sha256", webhookSecret).update(`${seconds}.${body}`).digest("hex");
  return { "stripe-signature": `t=${seconds},v1=${mac}`, "content-type": "application/json" };
}

forEachDatabase("webhooks over HTTP", (open) => {
  test("a signed event is stored once, byte for byte; anything else is refused", async () => {
    const service = await startApi(open);
    // Of a type that setting up does not bring about.
    const total = async () =>
      (await service.payments.webhooks.countsByType()).find(({ type }) => type === "tax_rate.created")?.count ?? 0;
    const before = await total();
    const post = (raw: string, headers: Record<string, string>) =>
      service.call("POST", "/webhooks/stripe", { raw, headers });
    const body = payload("evt_of_this_test");
    for (let delivery = 0; delivery < 2; delivery++) {
      const answer = await post(body, signed(service, body));
      expect([answer.status, answer.body]).toEqual([200, { received: true }]);
    }
    expect(await total()).toBe(before + 1);

    const rewritten = JSON.stringify(JSON.parse(body));
    const { "stripe-signature": _, ...unsigned } = signed(service, body);
    const late = service.emulator.clock.now().getTime() - 3_600_000;
    for (const [raw, headers] of [
      [rewritten, signed(service, body)],
      [body, unsigned],
      [body, { ...unsigned, "stripe-signature": "t=1,v1=00" }],
      [body, signed(service, body, late)],
      ["", signed(service, body)],
    ] as const) {
      expect((await post(raw, headers)).body).toMatchObject({ status: 400, code: "invalid_signature" });
    }
    const large = `"${"a".repeat(1_000_000)}"`;
    expect((await post(large, signed(service, large))).body.code).toBe("payload_too_large");
    expect(await total()).toBe(before + 1);
  });
});
