import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openRich, subjectId } from "../../test/rich.ts";

forEachDatabase("the audit of what stands beside balances", (open) => {
  test.each([
    [
      "a credit that was made larger",
      "update saas_grants set remaining = remaining + 1",
      { kind: "credit", creditId: "pack" },
    ],
    [
      "a lost entry of a credit",
      "delete from saas_grant_entries where kind = 'draw'",
      { kind: "credit", missingEntries: 1 },
    ],
    [
      "a changed sum",
      "update saas_tallies set amount = amount + 1 where kind = 'day'",
      { kind: "tally", of: "day", feature: "call" },
    ],
    ["a lost entry of a sum", "delete from saas_tally_entries", { kind: "tally", missingEntries: 1 }],
    [
      "a reservation that was never made",
      "delete from saas_reservations",
      { kind: "balance", feature: "call", ledger: 7 },
    ],
  ])("names %s", async (_what, damage, difference) => {
    const { saas, database } = await openRich(open);
    await saas.credits.grant({ subjectId, id: "pack", pool: "ai", amount: 100 });
    await saas.quotas.consume({ subjectId, feature: "image", quantity: 2 });
    await saas.quotas.consume({ subjectId, feature: "call", quantity: 5 });
    await saas.quotas.reserve({ subjectId, id: "job", feature: "call", quantity: 2 });
    await saas.entitlements.open({ subjectId: "usr_2" });
    expect(await saas.ledger.verify()).toEqual([]);
    await database.rows(sql.raw(damage));
    expect(await saas.ledger.verify()).toContainEqual(expect.objectContaining({ subjectId, ...difference }));
    expect(await saas.ledger.verify(subjectId)).not.toEqual([]);
    expect(await saas.ledger.verify("usr_2")).toEqual([]);
  });
});
