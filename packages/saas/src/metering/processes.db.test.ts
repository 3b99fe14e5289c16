import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Database, migrate, openDatabase } from "@revops/database";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { createSaas, saasMigrations } from "../index.ts";

const worker = fileURLToPath(new URL("../../test/worker.ts", import.meta.url));
const subjectId = "usr_1";

function start(url: string, mode: "consume" | "record", first: number, count: number): ChildProcess {
  const child = spawn(process.execPath, ["--conditions=source", worker, url, mode, String(first), String(count)], {
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

forEachDatabase("several processes on one database", (open) => {
  async function openSubject(tier: "free" | "enterprise"): Promise<{ url: string; database: Database }> {
    const { url } = await open();
    const database = openDatabase({ url });
    onTestFinished(() => database.close());
    await migrate(database, [saasMigrations]);
    await createSaas({ database }).entitlements.assign({ subjectId, tier, status: "active" });
    return { url, database };
  }

  test("at the limit exactly the limit is admitted between them", async () => {
    const { url, database } = await openSubject("free");
    const admitted = await Promise.all([0, 1].map(async () => Number(await printed(start(url, "consume", 0, 800)))));
    expect(admitted.reduce((a, b) => a + b)).toBe(1_000);
    const saas = createSaas({ database });
    expect((await saas.usage.report(subjectId)).features[0]).toMatchObject({ used: 1_000, remaining: 0 });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("the same ids from both count once", async () => {
    const { url, database } = await openSubject("enterprise");
    await Promise.all([0, 300].map((first) => printed(start(url, "record", first, 600))));
    const saas = createSaas({ database });
    expect((await saas.usage.report(subjectId)).features[0]?.used).toBe(900);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("killed under load: nothing acknowledged is lost, nothing is doubled when the client repeats by id", async () => {
    const { url, database } = await openSubject("enterprise");
    const saas = createSaas({ database });
    const total = 20_000;
    for (const enough of [1, 500, 3_000]) {
      const child = start(url, "record", 0, total);
      const exit = once(child, "exit");
      const acknowledged: string[] = [];
      for await (const id of linesOf(child)) {
        acknowledged.push(id);
        if (acknowledged.length === enough) child.kill("SIGKILL");
      }
      expect(await exit).toEqual([null, "SIGKILL"]);
      const lost: string[] = [];
      await Promise.all(
        acknowledged.map(async (id) => {
          const { duplicate } = await saas.meters.record({ subjectId, id, feature: "api_call" });
          if (!duplicate) lost.push(id);
        }),
      );
      expect(lost).toEqual([]);
      expect(await saas.ledger.verify()).toEqual([]);
    }
    const events = Array.from({ length: total }, (_, n) => ({ id: `evt-${n}`, feature: "api_call" }));
    const { accepted, duplicates } = await saas.meters.recordMany(subjectId, events);
    expect(accepted + duplicates).toBe(total);
    expect((await saas.usage.report(subjectId)).features[0]?.used).toBe(total);
    expect(await saas.ledger.verify()).toEqual([]);
  });
});
