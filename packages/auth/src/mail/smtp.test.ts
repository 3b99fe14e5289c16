import type { Logger } from "@revops/core";
import { expect, test } from "vitest";
import { startSmtpServer } from "../../test/smtp-server.ts";
import { createDeliveries } from "./deliveries.ts";
import { smtpMail } from "./smtp.ts";

const from = "RevOps <no-reply@example.com>";
const letter = { to: "ada@example.com", subject: "Grüße", text: "The code:\n\nrvc_1\n" };

function heardBy(): { logger: Logger; logged: unknown[][] } {
  const logged: unknown[][] = [];
  const log = (...line: unknown[]) => void logged.push(line);
  return { logger: { debug: log, info: log, warn: log, error: log }, logged };
}

test("a letter arrives with its sender, subject and text, at one address", async () => {
  const server = await startSmtpServer();
  await smtpMail({ url: server.url, from }).send(letter);
  expect(server.received).toHaveLength(1);
  expect(server.received[0]?.recipients).toEqual(["ada@example.com"]);
  expect(server.received[0]?.data).toContain("From: RevOps <no-reply@example.com>");
  expect(server.received[0]?.data).toMatch(/^Subject: =\?UTF-8\?/m);
  expect(server.received[0]?.data).toContain("rvc_1");
});

test("an address that reads like two gets no second recipient, and no header of its own", async () => {
  const server = await startSmtpServer();
  const mail = smtpMail({ url: server.url, from });
  for (const to of ["a@example.com,eve@example.com", "a@example.com\r\nBcc: eve@example.com"]) {
    await mail.send({ ...letter, to }).catch(() => undefined);
  }
  for (const { recipients, data } of server.received) {
    expect(recipients).not.toContain("eve@example.com");
    expect(data).not.toMatch(/^Bcc:/im);
  }
});

test("a server that is busy is asked again, one that is away is logged and holds nothing up", {
  timeout: 30_000,
}, async () => {
  const { logger, logged } = heardBy();
  const busy = await startSmtpServer(1);
  const deliveries = createDeliveries({ port: smtpMail({ url: busy.url, from }), logger });
  deliveries.post(letter);
  await expect.poll(() => busy.received.length, { timeout: 10_000 }).toBe(1);
  await deliveries.stop();
  expect(logged).toEqual([]);

  const away = createDeliveries({ port: smtpMail({ url: "smtp://127.0.0.1:1", from }), logger });
  away.post(letter);
  await away.stop();
  expect(logged).toHaveLength(1);
  expect(JSON.stringify(logged)).not.toContain("rvc_1");
});
