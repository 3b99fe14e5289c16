/**
 * A process of its own on a database that others use too: `quota-worker.ts <url> <mode> <first> <count>`.
 *
 * - `draw`: that many uses at once, in turn of tokens and images, which share a pool; prints how many tokens' worth was admitted
 * - `hold`: reserves 3 tokens under the ids `job-<n>` for a second, and commits 2 of them, 32 at a time; prints each id once
 *   its commit was acknowledged
 */
import { writeSync } from "node:fs";
import { openDatabase } from "@revops/database";
import { createSaas } from "../src/index.ts";
import { richPlans, subjectId } from "./rich.ts";

const [url = "", mode, first, count] = process.argv.slice(2);
const database = openDatabase({ url });
const saas = createSaas({ database, plans: richPlans });
const numbers = Array.from({ length: Number(count) }, (_, n) => Number(first) + n);

if (mode === "draw") {
  const uses = numbers.map(async (n) => {
    // An image costs 5 credits, as 50 tokens do.
    const [feature, worth] = n % 10 === 0 ? (["image", 50] as const) : (["token", 1] as const);
    const { allowed } = await saas.quotas.consume({ subjectId, feature });
    return allowed ? worth : 0;
  });
  console.log((await Promise.all(uses)).reduce<number>((sum, worth) => sum + worth, 0));
} else {
  const next = numbers.values();
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      for (const n of next) {
        const id = `job-${n}`;
        const held = { subjectId, id, feature: "token", quantity: 3, expiresInSeconds: 1 } as const;
        const { reservation } = await saas.quotas.reserve(held);
        if (!reservation) continue;
        await saas.quotas.commit({ subjectId, id, quantity: 2 });
        // At once, or a kill would lose lines of what was acknowledged.
        writeSync(1, `${id}\n`);
      }
    }),
  );
}
await database.close();
