import { expect, test } from "vitest";
import { startSmtpServer } from "../../test/smtp-server.ts";
import { smtpMail } from "./smtp.ts";

const from = "RevOps <no-reply@example.com>";
const letter = { to: "ada@example.com", subject: "Grüße", text: "The code:\n\nrvc_1\n" };

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
  await mail.send({ ...letter, to: "a@example.com" });
  expect(server.received.at(-1)?.recipients).toEqual(["a@example.com"]);
  for (const { recipients, data } of server.received) {
    expect(recipients).not.toContain("eve@example.com");
    expect(data).not.toMatch(/^Bcc:/im);
  }
});
