import { expect, test, vi } from "vitest";
import { sendWithRetries } from "./retry.ts";

const retries = { attempts: 3, maxWaitSeconds: 1 };
const address = "http://127.0.0.1/api/v1/x";
const answers = (...given: (Response | Error)[]) =>
  vi.fn(async (_request: Request) => {
    const next = given.shift();
    if (next === undefined) throw new Error("Nothing more was expected.");
    if (next instanceof Error) throw next;
    return next;
  });
const away = () => new Response(null, { status: 503, headers: { "retry-after": "0" } });
const keyed = { method: "POST", body: "{}", headers: { "idempotency-key": "k" } };

test("a read is tried again after a lost answer and after 429 and 502 to 504", async () => {
  const send = answers(new TypeError("lost"), away(), new Response("502", { status: 502 }), new Response("ok"));
  const response = await sendWithRetries(new Request(address), send, retries);
  expect([await response.text(), send.mock.calls.length]).toEqual(["ok", 4]);
});

test("what carries an Idempotency-Key is sent again with the same key and body", async () => {
  const send = answers(new TypeError("lost"), new Response("ok", { status: 201 }));
  const bodies: string[] = [];
  const response = await sendWithRetries(
    new Request(address, keyed),
    async (request) => {
      bodies.push(`${request.headers.get("idempotency-key")} ${await request.text()}`);
      return send(request);
    },
    retries,
  );
  expect([response.status, bodies]).toEqual([201, ["k {}", "k {}"]]);
});

test("a first request that is still running is waited for", async () => {
  const running = new Response(JSON.stringify({ code: "idempotency_in_progress" }), { status: 409 });
  const conflict = new Response(JSON.stringify({ code: "already_purchased" }), { status: 409 });
  const send = answers(running, conflict);
  const response = await sendWithRetries(new Request(address, keyed), send, retries);
  expect(await response.json()).toEqual({ code: "already_purchased" });
});

test("what could be done twice is sent once", async () => {
  const send = answers(new TypeError("lost"));
  const post = new Request(address, { method: "POST", body: "{}" });
  await expect(sendWithRetries(post, send, retries)).rejects.toThrow("lost");
  const refusing = answers(away());
  expect((await sendWithRetries(new Request(address, { method: "DELETE" }), refusing, retries)).status).toBe(503);
});

test("there is an end, and a long wait is the caller's to decide", async () => {
  const send = answers(away(), away(), away(), away());
  expect((await sendWithRetries(new Request(address), send, retries)).status).toBe(503);
  expect(send).toHaveBeenCalledTimes(4);
  const patient = answers(new Response(null, { status: 429, headers: { "retry-after": "60" } }));
  expect((await sendWithRetries(new Request(address), patient, retries)).status).toBe(429);
  const never = answers(away());
  await sendWithRetries(new Request(address), never, { ...retries, attempts: 0 });
  expect(never).toHaveBeenCalledTimes(1);
});

test("a caller who gives up does not wait", async () => {
  const controller = new AbortController();
  const slow = answers(new Response(null, { status: 503, headers: { "retry-after": "1" } }));
  const sent = sendWithRetries(new Request(address, { signal: controller.signal }), slow, retries);
  setTimeout(() => controller.abort(new Error("enough")), 10);
  await expect(sent).rejects.toThrow("enough");
});
