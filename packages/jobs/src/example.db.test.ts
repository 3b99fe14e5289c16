import { migrate, openDatabase } from "@revops/database";
import { createJobs, jobsMigrations } from "@revops/jobs";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";

forEachDatabase("the README's example", (open) => {
  test("a job is made by the transaction that makes it necessary", async () => {
    const { url } = await open(); // file:./data/app.db or postgres://…
    const sent: string[] = [];

    const database = openDatabase({ url });
    await migrate(database, [jobsMigrations]);
    const jobs = createJobs({ database });
    jobs.handle<{ to: string }>("mail.welcome", async ({ to }) => void sent.push(to));

    await database.transaction(async (tx) => {
      // … your own rows, with tx …
      await jobs.enqueue({ name: "mail.welcome", payload: { to: "ada@example.org" }, dedupeKey: "usr_1" }, tx);
    });
    await jobs.runDue(); // in a service: jobs.start(), and jobs.stop() before database.close()
    expect(sent).toEqual(["ada@example.org"]);
    await database.close();
  });
});
