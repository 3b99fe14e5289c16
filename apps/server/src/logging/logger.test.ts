import { trace } from "@opentelemetry/api";
import { runCorrelated } from "@revops/core";
import { expect, test } from "vitest";
import { createLogger } from "./logger.ts";

function listen() {
  const lines: string[] = [];
  return { lines, logger: createLogger({ logLevel: "info" }, { write: (line) => void lines.push(line) }) };
}

const key = `rvk_01jd3v8k2m0123456789abcdef_${"0123456789ABCDEFGHIJKLMNOPQRSTUV"}1jqjq2`;

test.each([
  ["an API key", key],
  ["a refresh token", `rvf_${"aB3-_".repeat(9)}`],
  ["an access token", `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMSJ9.${"s".repeat(43)}`],
  ["a key of Stripe's", "sk_test_51HqJ2kLkdIwHu7ix"],
  ["a webhook secret", "whsec_0123456789abcdef"],
  ["a client secret", "pi_3N8_secret_0aB1cD2e"],
  ["a hash", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"],
  ["a licence", "rvl-7K2QX-0M3ZD-A9V1T-5WPCR-GH8NE"],
])("%s is taken out of messages, errors and nested members", (_what, secret) => {
  const { lines, logger } = listen();
  logger.info({ note: `before ${secret} after` }, `said ${secret}`);
  logger.error({ err: new Error(`failed with ${secret}`), deep: { deeper: [{ deepest: secret }] } }, "failed");
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line).not.toContain(secret);
    expect(line).toContain("[secret]");
    expect(() => JSON.parse(line)).not.toThrow();
  }
});

test.each([
  ["with one character encoded", `/api/v1/nope/${key.replace("_", "%5F")}`],
  ["encoded whole", `/api/v1/nope/${[...key].map((one) => `%${one.charCodeAt(0).toString(16)}`).join("")}`],
  ["behind quotation marks", `/api/v1/nope/%22%5c${key.replace("_", "%5f")}%22`],
  ["in a download link", `/api/v1/marketplace/downloads/WyJ1c3JfMDFtOGJxeHE0NXc0MWtxNzEiXQ.${"Ku-_".repeat(10)}abc`],
])("a secret in a path is taken out %s, and the line is JSON still", (_how, path) => {
  const { lines, logger } = listen();
  logger.info({ path }, "request");
  expect(lines[0]).not.toContain(key.slice(-20));
  expect(lines[0]).not.toContain("Ku-_");
  expect(JSON.parse(lines[0] ?? "").path).toContain("[secret]");
});

test("a path without a secret stays as it was asked for", () => {
  const { lines, logger } = listen();
  for (const path of [
    "/api/v1/nope/a%20b%22c",
    "/api/v1/nope/100%",
    "/api/v1/nope/%ff%zz",
    "/api/v1/marketplace/downloads/none",
  ]) {
    logger.info({ path }, "request");
    expect(JSON.parse(lines.at(-1) ?? "").path).toBe(path);
  }
});

test("a password in an address is taken out, the rest of the address stays", () => {
  const { lines, logger } = listen();
  logger.warn({ err: new Error("connect postgres://revops:hunter2hunter2@db:5432/revops") }, "away");
  expect(lines[0]).toContain("postgres://revops:[secret]@db:5432/revops");
  expect(lines[0]).not.toContain("hunter2");
});

test("members of a secret's name are taken out, whatever they hold", () => {
  const { lines, logger } = listen();
  logger.info({ password: "short", user: { token: 1234 }, request: { headers: { authorization: "x" } } }, "said");
  const line = JSON.parse(lines[0] ?? "");
  expect(line).toMatchObject({
    password: "[secret]",
    user: { token: "[secret]" },
    request: { headers: { authorization: "[secret]" } },
  });
});

test("ids are no secrets", () => {
  const { lines, logger } = listen();
  logger.info({ credential: "key_01jd3v8k2m0123456789abcdef", path: "/api/v1/auth/keys/key_01jd3v8k2m" }, "request");
  expect(lines[0]).not.toContain("[secret]");
});

test("a line names the request and the trace that it belongs to", () => {
  const { lines, logger } = listen();
  runCorrelated({ requestId: "req_1" }, () => logger.info({}, "inside"));
  logger.info({}, "outside");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ requestId: "req_1", msg: "inside" });
  expect(JSON.parse(lines[1] ?? "")).not.toHaveProperty("requestId");
  expect(trace.getActiveSpan()).toBeUndefined();
});
