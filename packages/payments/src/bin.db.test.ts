import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { money } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { secretKey } from "../test/names.ts";
import { openWorld } from "../test/world.ts";

const bin = fileURLToPath(new URL("bin.ts", import.meta.url));

async function run(...options: string[]) {
  const env = { ...process.env, STRIPE_SECRET_KEY: secretKey };
  const done = promisify(execFile)(process.execPath, ["--conditions=source", bin, ...options], { env });
  return done.then(
    ({ stdout }) => ({ code: 0, stdout, stderr: "" }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}

forEachDatabase("the command that proves the books", (open) => {
  test("ends with 0 when they are right, and with 1 and a line for each difference when not", async () => {
    const { payments, url, emulator, database } = await openWorld(open);
    const amount = money(1_000, "usd");
    const paymentMethodId = "pm_card_visa";
    await payments.payments.charge({ subjectId: "usr_1", reference: "a", amount, description: "x", paymentMethodId });
    const options = ["verify-ledger", "--database", url, "--stripe", "--stripe-api-base", emulator.url];
    expect(await run(...options)).toMatchObject({ code: 0, stdout: expect.stringContaining("1 postings, 0 diff") });
    await database.rows(sql`update payments_ledger_entries set amount = 942 where account = 'stripe:balance'`);
    const broken = await run(...options);
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain("balance_differs stripe:balance: $9.42 expected, $9.41 in the books");
  });
});

test("what is asked wrongly is told in a sentence, without a stack", async () => {
  for (const options of [[], ["verify-ledger"], ["verify-ledger", "--databse", "x"]]) {
    const { code, stderr } = await run(...options);
    expect(code).toBe(2);
    expect(stderr).not.toMatch(/^\s+at /m);
  }
});
