/** What is forgotten by and by. */
import { dayMs } from "@revops/core";
import { openDatabase } from "@revops/database";
import { migrated } from "@revops/database/testing";
import { createJobs, jobsMigrations } from "@revops/jobs";
import { dumpOf, testClock } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { forgetOld } from "../src/retention.ts";

forEachDatabase("a letter that could not be sent", (open) => {
  test("is kept for a week, and nobody's address for longer", async () => {
    const { url } = await open(migrated([jobsMigrations]));
    const database = openDatabase({ url });
    onTestFinished(() => database.close());
    const clock = testClock("2026-03-01T12:00:00Z");
    const jobs = createJobs({ database, clock });
    const fail = async () => {
      throw new Error("The mail server is away.");
    };
    for (const name of ["auth.letter", "auth.password-forgotten", "other"]) jobs.handle(name, fail, { maxAttempts: 1 });
    await jobs.enqueue({ name: "auth.letter", payload: { to: "ada@example.com" } });
    await jobs.enqueue({ name: "auth.password-forgotten", payload: { email: "bob@example.com" } });
    await jobs.enqueue({ name: "other", payload: { of: "cy@example.com" } });
    await jobs.runDue();
    clock.advance(7 * dayMs);
    await jobs.enqueue({ name: "auth.letter", payload: { to: "dan@example.com" } });
    await jobs.runDue();

    await forgetOld({ database, clock, jobs });
    expect(await jobs.dead.count()).toBe(4);
    clock.advance(1);
    await forgetOld({ database, clock, jobs });
    const { data } = await jobs.dead.list({ limit: 10 });
    expect(data.map(({ payload }) => payload)).toEqual([{ to: "dan@example.com" }, { of: "cy@example.com" }]);
    const dump = await dumpOf(url);
    for (const gone of ["ada@example.com", "bob@example.com"]) expect(dump).not.toContain(gone);
  });
});
