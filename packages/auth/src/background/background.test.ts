import type { Logger } from "@revops/core";
import { expect, test } from "vitest";
import { startSmtpServer } from "../../test/smtp-server.ts";
import { smtpMail } from "../mail/smtp.ts";
import { createBackground } from "./background.ts";

const from = "RevOps <no-reply@example.com>";
const letter = { to: "ada@example.com", subject: "Verify", text: "The code:\n\nrvc_1\n" };

function heardBy(): { logger: Logger; logged: unknown[][] } {
  const logged: unknown[][] = [];
  const log = (...line: unknown[]) => void logged.push(line);
  return { logger: { debug: log, info: log, warn: log, error: log }, logged };
}

test("without a queue a server that is busy is asked again, one that is away is logged and holds nothing up", {
  timeout: 30_000,
}, async () => {
  const { logger, logged } = heardBy();
  const busy = await startSmtpServer(1);
  const background = createBackground({ jobs: undefined, logger });
  const toBusy = smtpMail({ url: busy.url, from });
  await background.task("letter", async () => toBusy.send(letter))({});
  await expect.poll(() => busy.received.length, { timeout: 10_000 }).toBe(1);
  await background.stop();
  expect(logged).toEqual([]);

  const stopped = createBackground({ jobs: undefined, logger });
  const toNobody = smtpMail({ url: "smtp://127.0.0.1:1", from });
  await stopped.task("letter", async () => toNobody.send(letter))({});
  await stopped.stop();
  expect(logged).toHaveLength(1);
  expect(JSON.stringify(logged)).not.toContain("rvc_1");
});
