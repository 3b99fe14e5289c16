import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openStandard } from "../test/world.ts";

const bin = fileURLToPath(new URL("bin.ts", import.meta.url));
const noPlans = fileURLToPath(new URL("errors.ts", import.meta.url));

async function run(...options: string[]) {
  const done = promisify(execFile)(process.execPath, ["--conditions=source", bin, ...options]);
  return done.then(
    ({ stdout }) => ({ code: 0, stdout, stderr: "" }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}

forEachDatabase("the command that proves the balances", (open) => {
  test("ends with 0 when they are right, and with 1 and a line for each difference when not", async () => {
    const { saas, url, database } = await openStandard(open);
    await saas.quotas.consume({ subjectId: "usr_1", feature: "api_call", quantity: 5 });
    const options = ["verify", "--database", url];
    expect(await run(...options)).toMatchObject({ code: 0, stdout: expect.stringContaining("no differences") });
    await database.rows(sql`update saas_counters set used = 6 where feature = 'api_call'`);
    const broken = await run(...options, "--subject", "usr_1");
    expect(broken).toMatchObject({ code: 1, stdout: expect.stringContaining("1 differences") });
    expect(broken.stderr).toMatch(/balance: subjectId="usr_1" feature="api_call" .*counted=6 ledger=5 events=5/);
    expect((await run(...options, "--json")).stderr).toContain('"kind":"balance"');
  });
});

test("what is asked wrongly is told in a sentence, without a stack", async () => {
  for (const options of [
    [],
    ["verify"],
    ["verify", "--databse", "x"],
    ["verify", "--database", "x", "--plans", noPlans],
  ]) {
    const { code, stderr } = await run(...options);
    expect(code).toBe(2);
    expect(stderr).not.toMatch(/^\s+at /m);
  }
});
