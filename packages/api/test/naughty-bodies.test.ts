/** What has broken somebody's server, sent to every route that takes a body: refused, and alike on both databases. */
import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { People } from "./fuzz/people.ts";
import { type Side, startSides, watchLoop } from "./fuzz/sides.ts";
import { placeholder, type Schema, valuesOf } from "./fuzz/values.ts";
import type { TestApi } from "./service.ts";

const json = "application/json";
const bomb = new Uint8Array(gzipSync(Buffer.alloc(50_000_000)));
const manyKeys = JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`key${n}`, n])));

/** By name: the body, its headers, and how it is refused. */
const bodies: Readonly<Record<string, readonly [string | Uint8Array<ArrayBuffer>, object, RegExp]>> = {
  "5,000 levels": ["[".repeat(5_000) + "]".repeat(5_000), { "content-type": json }, /^400 invalid_json$/],
  "100,000 keys": [manyKeys, { "content-type": json }, /^(400 invalid_json|413 payload_too_large)$/],
  "another charset": ["{}", { "content-type": `${json}; charset=utf-16le` }, /^415 /],
  "a gzip bomb": [bomb, { "content-type": json, "content-encoding": "gzip" }, /^415 /],
  "plain text": ["{}", { "content-type": "text/plain" }, /^415 /],
  "bytes that are no UTF-8": [new Uint8Array([0x22, 0xff, 0x22]), { "content-type": json }, /^400 invalid_json$/],
};

const texts: Readonly<Record<string, readonly [string, RegExp]>> = {
  NUL: ["a\u0000b", /^422 /],
  "a lone surrogate": ["a\ud800b", /^422 /],
  "100 KB": ["x".repeat(100_000), /^(413|422) /],
};

interface Target {
  readonly method: string;
  readonly path: string;
  readonly schema: Schema;
}

test("naughty bodies and texts, on every route", { timeout: 300_000 }, async () => {
  const sides = await startSides();
  const { document } = sides[0].service.api;
  const { fitting, resolve } = valuesOf(document);
  const targets = targetsOf(sides[0].service);
  expect(targets.length).toBeGreaterThan(30);
  const loop = watchLoop();

  async function refused(
    target: Target,
    what: string,
    raw: string | Uint8Array<ArrayBuffer>,
    headers: object,
    as: RegExp,
  ) {
    const name = `${target.method} ${target.path}: ${what}`;
    loop.begin();
    const told = await Promise.all(sides.map(({ service, people }) => answerOf(service, people, target, raw, headers)));
    loop.end(name);
    expect.soft(told[0], name).toMatch(as);
    expect.soft(told[1], name).toBe(told[0]);
  }

  for (const target of targets) {
    for (const { people } of sides) await people.signIn();
    for (const [what, [raw, headers, as]] of Object.entries(bodies)) await refused(target, what, raw, headers, as);
    const [sample] = fc.sample(fitting(target.schema), { numRuns: 1, seed: 1 });
    for (const [member, schema] of Object.entries(resolve(target.schema).properties ?? {})) {
      if (!isText(resolve(schema))) continue;
      for (const [what, [text, as]] of Object.entries(texts)) {
        const raw = JSON.stringify({ ...Object(sample), [member]: text });
        const expected = member === "cursor" ? /^(400 invalid_cursor|413 )/ : as;
        await refused(target, `${member} is ${what}`, raw, { "content-type": json }, expected);
      }
    }
  }
  console.info(`naughty bodies: ${targets.length} routes; ${loop.stop()}`);
});

test("a body that never ends is given up", { timeout: 60_000 }, async () => {
  const sides = await startSides();
  expect(await Promise.all(sides.map(trickle))).toEqual(["HTTP/1.1 408", "HTTP/1.1 408"]);
});

function targetsOf({ api: { document } }: TestApi): Target[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) => {
      const schema: Schema | undefined = operation.requestBody?.content?.[json]?.schema;
      // Stripe's words are bytes to us: their signature is looked at before anything else.
      return schema === undefined || path === "/webhooks/stripe"
        ? []
        : [{ method: method.toUpperCase(), path, schema }];
    }),
  );
}

const isText = ({ type, anyOf = [] }: Schema): boolean =>
  type === "string" || (Array.isArray(type) && type.includes("string")) || anyOf.some(isText);

async function answerOf(
  { call }: TestApi,
  people: People,
  { method, path }: Target,
  raw: string | Uint8Array<ArrayBuffer>,
  headers: object,
): Promise<string> {
  const asker = path.startsWith("/admin/") ? "admin" : "session";
  const id = placeholder(path.split("/{", 1)[0] ?? "");
  const filled = people.fill(path.replaceAll(/\{(\w+)\}/g, (_, name) => (name === "id" ? id : "1.0.0")));
  const text = typeof raw === "string" ? people.fill(raw) : raw;
  const { status, body } = await call(method, filled, {
    headers: { ...headers, ...people.headersOf(asker) },
    raw: text,
  });
  return `${status} ${body?.code ?? ""}`;
}

/** Sends the beginning of a body and nothing more; answers with how the answer begins. */
async function trickle({ service }: Side): Promise<string> {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
  );
  const [answer] = await once(socket, "data");
  socket.destroy();
  return String(answer).slice(0, "HTTP/1.1 408".length);
}
