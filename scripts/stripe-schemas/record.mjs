// Loaded into every process of a test run (NODE_OPTIONS=--import …): writes down each call that an emulator in it receives.

import { subscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.REVOPS_STRIPE_CALLS;
if (folder) {
  const file = join(folder, `${process.pid}.jsonl`);
  // At once and synchronously: tests kill processes.
  subscribe("@revops/stripe-emulator:call", (call) => appendFileSync(file, `${JSON.stringify(call)}\n`));
}
