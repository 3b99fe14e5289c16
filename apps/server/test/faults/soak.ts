/**
 * 1,000 purchases under faults and 50 kills: `npm run soak:purchases [-- --purchases 1000 --kills 50 --database sqlite]`.
 */
import { parseArgs } from "node:util";
import { createTestDatabase, startPostgres } from "@revops/testing";
import { purchasesUnderFaults } from "./purchases.ts";

const { values } = parseArgs({
  options: {
    purchases: { type: "string", default: "1000" },
    kills: { type: "string", default: "50" },
    database: { type: "string", default: "sqlite" },
  },
});
const server = values.database === "postgres" ? await startPostgres() : undefined;
try {
  const adminUrl = server?.adminUrl ?? "";
  const { url, remove } = await createTestDatabase(server ? { dialect: "postgres", adminUrl } : { dialect: "sqlite" });
  const report = await purchasesUnderFaults({
    url,
    purchases: Number(values.purchases),
    kills: Number(values.kills),
    busy: true,
  });
  console.log(values.database, report);
  const wrong =
    report.doubleCharges + report.paidWithoutLicense + report.licensedWithoutPayment + report.differences.length;
  process.exitCode = wrong === 0 && report.charges === report.purchases ? 0 : 1;
  await remove();
} finally {
  await server?.stop();
}
