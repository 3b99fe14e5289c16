/** A process of its own that tells Stripe of closed cycles and is killed on the way: `usage-process.ts <database> <stripe> <now>`. */
import type { Clock } from "@revops/core";
import { openDatabase } from "@revops/database";
import { createJobs } from "@revops/jobs";
import { createPayments } from "../src/index.ts";
import { secretKey, webhookSecret } from "./names.ts";

const [url = "", apiBase = "", now = ""] = process.argv.slice(2);
const clock: Clock = { now: () => new Date(now) };
const database = openDatabase({ url });
const jobs = createJobs({ database, clock, leaseMs: 500 });
createPayments({ database, clock, jobs, stripe: { secretKey, apiBase, webhookSecret } });
await jobs.runDue();
await database.close();
