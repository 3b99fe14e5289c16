/** Letters that were promised by a process that is then killed with -9, at its worst moments. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { migrate, openDatabase } from "@revops/database";
import { jobsMigrations } from "@revops/jobs";
import { dumpOf, seededRandom, tracesOf } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { secret } from "../../test/secret.ts";
import { type SmtpServer, startSmtpServer } from "../../test/smtp-server.ts";
import { authMigrations, createAuth } from "../index.ts";

const script = join(import.meta.dirname, "..", "..", "test", "letters-process.ts");

async function start(url: string, smtp: SmtpServer) {
  const child = spawn(process.execPath, ["--conditions=source", script, url, smtp.url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  const kill = async () => {
    child.kill("SIGKILL");
    await exit;
  };
  onTestFinished(kill);
  const [address] = await once(child.stdout, "data");
  return {
    kill,
    async register(email: string) {
      const { status } = await fetch(String(address).trim(), { method: "POST", body: email });
      expect(status).toBe(201);
    },
  };
}

const codeOf = (letter: string) => /rvc_\S+/.exec(letter)?.[0] ?? "";

forEachDatabase("letters of a process that is killed", (open) => {
  test("come all the same when it was answered that they would, and no code of theirs is ever stored", {
    timeout: 60_000,
  }, async () => {
    const random = seededRandom("letters of a process that is killed");
    const { url } = await open();
    const database = openDatabase({ url });
    onTestFinished(() => database.close());
    await migrate(database, [jobsMigrations, authMigrations]);
    const smtp = await startSmtpServer();
    const promised: string[] = [];
    const stolen = async () => {
      const dump = await dumpOf(url);
      for (const email of promised) expect(dump).toContain(email);
      const codes = smtp.received.map(({ data }) => codeOf(data).replace("rvc_", ""));
      expect(codes.every((code) => code.length > 20)).toBe(true);
      return tracesOf(dump, codes);
    };
    const arrive = async (since: number) => {
      await expect
        .poll(
          () => {
            const reached = new Set(smtp.received.slice(since).flatMap(({ recipients }) => recipients));
            return promised.filter((email) => !reached.has(email));
          },
          { timeout: 20_000 },
        )
        .toEqual([]);
    };

    // The mail server has some letters and has not said so yet; for others it has no time.
    smtp.silent = true;
    const first = await start(url, smtp);
    for (let n = 0; n < 6; n++) {
      await first.register(`early-${n}@example.com`);
      promised.push(`early-${n}@example.com`);
    }
    await expect.poll(() => smtp.received.length).toBeGreaterThan(2);
    expect(await stolen()).toEqual([]);
    await first.kill();
    expect(await stolen()).toEqual([]);
    smtp.silent = false;
    const unanswered = smtp.received.length;
    const second = await start(url, smtp);
    await arrive(unanswered);

    // Somewhere between an answer, a job that is taken, a code that is made and a letter that is sent.
    const registering = (async () => {
      for (let n = 0; ; n++) {
        await second.register(`late-${n}@example.com`);
        promised.push(`late-${n}@example.com`);
      }
    })().catch(() => undefined);
    const goal = promised.length + random.integer(3, 8);
    await expect.poll(() => promised.length, { interval: 5, timeout: 20_000 }).toBeGreaterThan(goal);
    await sleep(random.integer(0, 40));
    await second.kill();
    await registering;
    expect(await stolen()).toEqual([]);
    await start(url, smtp);
    await arrive(0);
    expect(await stolen()).toEqual([]);

    // Each brought what it is for.
    const auth = createAuth({ database, tokens: { secret } });
    for (const email of promised) {
      const letter = smtp.received.findLast(({ recipients }) => recipients.includes(email));
      await auth.emails.verify({ code: codeOf(letter?.data ?? "") });
      expect(await auth.users.findByEmail(email)).toMatchObject({ emailVerified: true });
    }
  });
});
