/** The short form; `npm run soak:purchases` is the long one. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { purchasesUnderFaults } from "./faults/purchases.ts";

forEachDatabase("purchases under faults and kills", (open) => {
  test("nobody pays twice or for nothing, and the books are right to the cent", { timeout: 240_000 }, async () => {
    const { url } = await open();
    const report = await purchasesUnderFaults({ url, purchases: 24, kills: 2, busy: true });
    expect(report).toMatchObject({
      charges: 24,
      doubleCharges: 0,
      paidWithoutLicense: 0,
      licensedWithoutPayment: 0,
      differences: [],
    });
    expect(report.kills).toBeGreaterThan(0);
    expect(report.refunds).toBeGreaterThan(0);
  });
});
