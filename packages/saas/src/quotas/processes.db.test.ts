import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { migrate, openDatabase } from "@revops/database";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { richPlans, subjectId } from "../../test/rich.ts";
import { createSaas, saasMigrations } from "../index.ts";

const worker = fileURLToPath(new URL("../../test/quota-worker.ts", import.meta.url));

function start(url: string, mode: "draw" | "hold", first: number, count: number): ChildProcess {
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

forEachDatabase("several processes beyond a plain limit", (open) => {
  async function openSubject(tier: "free" | "team") {
    const { url } = await open();
    const database = openDatabase({ url });
    onTestFinished(() => database.close());
    await migrate(database, [saasMigrations]);
    const saas = createSaas({ database, plans: richPlans });
    await saas.entitlements.assign({ subjectId, tier, status: "active" });
    const token = async () => (await saas.usage.report(subjectId)).features.find(({ feature }) => feature === "token");
    return { url, saas, token };
  }

  test("draw from what is included and from one pool exactly what there is", async () => {
    const { url, saas } = await openSubject("free");
    await saas.credits.grant({ subjectId, id: "pack", pool: "ai", amount: 60 });
    const worth = await Promise.all([0, 1].map(async (n) => Number(await printed(start(url, "draw", n, 700)))));
    const [pool] = await saas.credits.balances(subjectId);
    // 100 tokens are included; 60 credits pay for 600 more, or for images at the price of 50 tokens each.
    expect(worth.reduce((a, b) => a + b)).toBe(700 - (pool?.remaining ?? 0) * 10);
    expect(pool?.remaining).toBe(0);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("reserve and commit the same ids once between them", async () => {
    const { url, saas, token } = await openSubject("team");
    await Promise.all([0, 150].map((first) => printed(start(url, "hold", first, 300))));
    await sleep(1_100);
    await saas.quotas.sweep();
    expect(await token()).toMatchObject({ used: 900, held: 0 });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("killed amid reservations: what was committed counts once, and what was held comes free", async () => {
    const { url, saas, token } = await openSubject("team");
    for (const enough of [1, 120]) {
      const child = start(url, "hold", 0, 1_000);
      const exit = once(child, "exit");
      const acknowledged: string[] = [];
      for await (const id of linesOf(child)) {
        acknowledged.push(id);
        if (acknowledged.length === enough) child.kill("SIGKILL");
      }
      expect(await exit).toEqual([null, "SIGKILL"]);
      const again = await Promise.all(acknowledged.map((id) => saas.quotas.commit({ subjectId, id, quantity: 3 })));
      expect(again.filter(({ duplicate, reservation }) => !duplicate || reservation.committed !== 2)).toEqual([]);
      expect(await saas.ledger.verify()).toEqual([]);
    }
    await sleep(1_100);
    let [committed, after] = [0, undefined as string | undefined];
    do {
      const page = await saas.quotas.reservations(
        subjectId,
        after === undefined ? { limit: 100 } : { limit: 100, after },
      );
      committed += page.data.filter(({ state }) => state === "committed").length;
      expect(page.data.filter(({ state }) => state === "held")).toEqual([]);
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(await token()).toMatchObject({ used: committed * 2, held: 0 });
    await saas.quotas.sweep();
    expect(await token()).toMatchObject({ used: committed * 2 });
    expect(await saas.ledger.verify()).toEqual([]);
  });
});
