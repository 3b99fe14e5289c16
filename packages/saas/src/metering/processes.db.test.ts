import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Database, migrate, openDatabase } from "@revops/database";
import { seededRandom } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { createSaas, saasMigrations } from "../index.ts";

const worker = fileURLToPath(new URL("../../test/worker.ts", import.meta.url));
/** The long form is `pnpm test:exactness`. */
const rounds = Number(process.env["PROCESS_ROUNDS"] ?? 1);
const kills = Number(process.env["KILLS"] ?? 4);
const minute = 60_000;

type Mode = "consume" | "record";

function start(url: string, mode: Mode, subjectId: string, first: number, count: number): ChildProcess {
  const options = [url, mode, subjectId, String(first), String(count)];
  const child = spawn(process.execPath, ["--conditions=source", worker, ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function* linesOf({ stdout }: ChildProcess): AsyncGenerator<string> {
  if (stdout) yield* createInterface({ input: stdout });
}

async function printed(child: ChildProcess): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(child)) lines.push(line);
  return lines;
}

forEachDatabase("several processes on one database", (open, dialect) => {
  async function openWith(...subjects: string[]): Promise<{ url: string; database: Database }> {
    const { url } = await open();
    const database = openDatabase({ url });
    onTestFinished(() => database.close());
    await migrate(database, [saasMigrations]);
    const { entitlements } = createSaas({ database });
    for (const subjectId of subjects) await entitlements.assign({ subjectId, tier: "pro", status: "active" });
    return { url, database };
  }

  test(
    `4 × 2,500 at once with 5,000 left: 5,000 are admitted, ${rounds} of ${rounds} times`,
    async () => {
      const { url, database } = await openWith();
      const saas = createSaas({ database });
      for (let round = 1; round <= rounds; round++) {
        const subjectId = `usr_${round}`;
        await saas.entitlements.assign({ subjectId, tier: "pro", status: "active" });
        await saas.quotas.consume({ subjectId, feature: "api_call", quantity: 95_000 });
        const admitted = await Promise.all(
          [0, 1, 2, 3].map(async () => Number(await printed(start(url, "consume", subjectId, 0, 2_500)))),
        );
        const sum = admitted.reduce((a, b) => a + b);
        console.info(`${dialect}, round ${round} of ${rounds}: ${admitted.join(" + ")} = ${sum}`);
        expect(sum).toBe(5_000);
        expect((await saas.usage.report(subjectId)).features[0]).toMatchObject({ used: 100_000, remaining: 0 });
      }
      expect(await saas.ledger.verify()).toEqual([]);
    },
    minute + rounds * minute,
  );

  test(
    "the same ids from two count once",
    async () => {
      const { url, database } = await openWith("usr_1");
      await Promise.all([0, 300].map((first) => printed(start(url, "record", "usr_1", first, 600))));
      const saas = createSaas({ database });
      expect((await saas.usage.report("usr_1")).features[0]?.used).toBe(900);
      expect(await saas.ledger.verify()).toEqual([]);
    },
    minute,
  );

  test(
    `killed ${kills} times under load: nothing acknowledged is lost, nothing is doubled when the client repeats by id`,
    async () => {
      const { url, database } = await openWith("usr_1");
      const saas = createSaas({ database });
      const random = seededRandom(`kills on ${dialect}`);
      const each = 900;
      let acknowledgedInAll = 0;
      for (let kill = 0; kill < kills; kill++) {
        const enough = random.integer(1, 600);
        const child = start(url, "record", "usr_1", kill * each, each);
        const exit = once(child, "exit");
        const acknowledged = new Set<string>();
        for await (const id of linesOf(child)) {
          acknowledged.add(id);
          if (acknowledged.size === enough) child.kill("SIGKILL");
        }
        expect(await exit).toEqual([null, "SIGKILL"]);
        acknowledgedInAll += acknowledged.size;
        // What was acknowledged is there: repeated by id, none of it is counted now.
        const again = [...acknowledged].map((id) => ({ id, feature: "api_call" }));
        expect(await saas.meters.recordMany("usr_1", again)).toEqual({
          accepted: 0,
          duplicates: acknowledged.size,
          rejected: [],
        });
        // The client repeats all that it had asked for: each counts once, whatever had become of it.
        const all = Array.from({ length: each }, (_, n) => ({ id: `evt-${kill * each + n}`, feature: "api_call" }));
        const { accepted, duplicates } = await saas.meters.recordMany("usr_1", all);
        expect(accepted + duplicates).toBe(each);
        expect((await saas.usage.report("usr_1")).features[0]?.used).toBe((kill + 1) * each);
      }
      console.info(`${dialect}: ${kills} kills, ${acknowledgedInAll} acknowledged, 0 lost, 0 doubled`);
      expect(await saas.ledger.verify()).toEqual([]);
    },
    minute + kills * minute,
  );
});
