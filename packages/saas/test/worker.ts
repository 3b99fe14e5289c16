/**
 * A process of its own on a database that others use too: `worker.ts <url> <mode> <subject> <first> <count>`.
 *
 * - `consume`: that many calls at once; prints how many were admitted
 * - `record`: that many events with the ids `evt-<n>`, 64 at a time; prints each id once it was acknowledged
 */
import { writeSync } from "node:fs";
import { openDatabase } from "@revops/database";
import { createSaas } from "../src/index.ts";

const [url = "", mode, subjectId = "", first, count] = process.argv.slice(2);
const database = openDatabase({ url });
const saas = createSaas({ database });
const numbers = Array.from({ length: Number(count) }, (_, n) => Number(first) + n);

if (mode === "consume") {
  const verdicts = await Promise.all(numbers.map(() => saas.quotas.consume({ subjectId, feature: "api_call" })));
  console.log(verdicts.filter(({ allowed }) => allowed).length);
} else {
  const next = numbers.values();
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      for (const n of next) {
        await saas.meters.record({ subjectId, id: `evt-${n}`, feature: "api_call" });
        // At once, or a kill would lose lines of what was acknowledged.
        writeSync(1, `evt-${n}\n`);
      }
    }),
  );
}
await database.close();
