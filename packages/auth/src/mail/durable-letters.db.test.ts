import { migrate, openDatabase } from "@revops/database";
import { createJobs, jobsMigrations } from "@revops/jobs";
import { dumpOf, testClock } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { password, secret } from "../../test/open-auth.ts";
import { authMigrations, createAuth, type MailPort } from "../index.ts";

const email = "ada@example.com";

/** One process: a connection, a queue and auth of its own. `end` is as abrupt as a crash: nothing is waited for. */
function startOn(url: string, clock: ReturnType<typeof testClock>, mail: MailPort) {
  const database = openDatabase({ url, maxConnections: 4 });
  onTestFinished(() => database.close());
  const jobs = createJobs({ database, clock });
  return { database, jobs, auth: createAuth({ database, clock, jobs, mail, tokens: { secret } }) };
}

forEachDatabase("letters as jobs", (open) => {
  test("are delivered by another process when this one ends, and after a mail server came back", async () => {
    const { url } = await open();
    const clock = testClock("2026-03-01T12:00:00.000Z");
    const inbox = createInbox();
    const tried: string[] = [];
    const away: MailPort = {
      async send({ subject }) {
        tried.push(subject);
        throw new Error("The mail server is away.");
      },
    };
    const first = startOn(url, clock, away);
    await migrate(first.database, [jobsMigrations, authMigrations]);
    const user = await first.auth.users.register({ email, password });
    await first.auth.passwords.forgot({ email });
    await first.auth.passwords.forgot({ email: "nobody@example.com" });
    await first.jobs.runDue();
    expect(tried.sort()).toEqual(["Reset your password", "Verify your e-mail address"]);
    // Nothing that would verify or reset waits in the database: the codes are not made yet, or nobody has them.
    expect(await dumpOf(url)).not.toContain("rvc_");

    clock.advance(10_000);
    const second = startOn(url, clock, inbox);
    await second.jobs.runDue();
    await second.auth.passwords.reset({
      code: await inbox.codeFor(email, /^Reset/),
      newPassword: "incorrect zebra capacitor",
    });
    await second.auth.emails.verify({ code: await inbox.codeFor(email, /^Verify/) });
    await second.jobs.runDue();
    expect(inbox.letters).toMatchObject([{ to: email, subject: "Your password was changed" }]);
    expect((await second.auth.users.get(user.id)).emailVerified).toBe(true);
  });

  test("that would change an address are not sent once the password that they were asked for with is another", async () => {
    const { url } = await open();
    const clock = testClock("2026-03-01T12:00:00.000Z");
    const inbox = createInbox();
    const { auth, database, jobs } = startOn(url, clock, inbox);
    await migrate(database, [jobsMigrations, authMigrations]);
    const { id: userId } = await auth.users.register({ email, password });
    const [eve, ada] = ["eve@example.com", "new@example.com"];
    await auth.emails.requestChange({ userId, email: eve, password });
    clock.advance(1_000);
    const newPassword = "incorrect zebra capacitor";
    await auth.passwords.change({ userId, currentPassword: password, newPassword });
    await auth.emails.requestChange({ userId, email: ada, password: newPassword });
    await jobs.runDue();
    expect(inbox.letters.map(({ to }) => to).sort()).toEqual([email, email, ada].sort());
    await auth.emails.confirmChange({ code: await inbox.codeFor(ada, /^Confirm/) });
    expect((await auth.users.get(userId)).email).toBe(ada);
  });

  test("belong to their transaction, and are not sent to who is gone", async () => {
    const { url } = await open();
    const clock = testClock("2026-03-01T12:00:00.000Z");
    const inbox = createInbox();
    const { auth, database, jobs } = startOn(url, clock, inbox);
    await migrate(database, [jobsMigrations, authMigrations]);
    const undone = database.transaction(async (tx) => {
      await auth.users.register({ email: "eve@example.com", password }, tx);
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    const user = await auth.users.register({ email, password });
    await auth.accounts.erase({ userId: user.id });
    await jobs.runDue();
    expect(inbox.letters).toEqual([]);
  });
});
