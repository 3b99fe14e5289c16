/**
 * A process of its own that closes billing cycles at a given time: `closer.ts <url> <epoch milliseconds>`. Prints the id of
 * each cycle inside the transaction that closes it, so that a kill may come at any line of it.
 */
import { writeSync } from "node:fs";
import { createFacts } from "@revops/core";
import { openDatabase, type Tx } from "@revops/database";
import { createSaas, type SaasFacts } from "../src/index.ts";
import { pricedPlans } from "./priced.ts";

const [url = "", now] = process.argv.slice(2);
const database = openDatabase({ url });
const facts = createFacts<SaasFacts, Tx>();
facts.on("cycle.closed", async (_tx, { cycleId }) => void writeSync(1, `${cycleId}\n`));
const clock = { now: () => new Date(Number(now)) };
await createSaas({ database, clock, plans: pricedPlans, facts }).cycles.closeDue();
await database.close();
