/** Takes a job, says so, and never finishes it: to be killed. */
import { openDatabase } from "@revops/database";
import { createJobs } from "@revops/jobs";

const database = openDatabase({ url: process.argv[2] ?? "" });
const jobs = createJobs({ database, leaseMs: 200, clock: { now: () => new Date("2100-01-01T00:00:00Z") } });
jobs.handle("crash", async () => {
  process.send?.("begun");
  await new Promise(() => undefined);
});
jobs.start();
