/**
 * What a customer would do to check a line of a statement: list the events that it names, add them up, and apply the price
 * list. Written without the package's own rating.
 */
import type { Database } from "@revops/database";
import { sql } from "drizzle-orm";
import type { Plans, StatementLine } from "../src/index.ts";
import { counterKey } from "../src/metering/keys.ts";

export async function recomputed(
  database: Database,
  subjectId: string,
  { feature: id, events }: StatementLine,
  plans: Plans,
  tier = "pro",
): Promise<number> {
  if (id === null || events === null) throw new Error("The line names no events.");
  const key = counterKey(subjectId, id, events.periodStart ?? new Date(0));
  const rows = await database.rows<{ quantity: string | number }>(
    sql`select quantity from saas_events where counter_key = ${key} and entry between ${events.firstEntry} and ${events.lastEntry}`,
  );
  const units = rows.reduce((sum, { quantity }) => sum + BigInt(quantity), 0n);
  const scale = 10n ** BigInt(plans.feature(id).decimals);
  const rule = plans.tier(tier).rules[id];
  const charge = rule?.charge;
  if (!rule || !charge) return 0;
  const beyond = units - scaled(rule.included, scale);
  const charged = beyond > 0n ? beyond : 0n;
  // Everything in billionths of a minor unit, times the scale of the quantity.
  const billion = 1_000_000_000n;
  switch (charge.model) {
    case "per_unit":
      return rounded(charged * scaled(charge.unitAmount, billion), billion * scale);
    case "package": {
      const size = scaled(charge.size, scale);
      const count = charge.rounding === "up" ? (charged + size - 1n) / size : charged / size;
      return Number(count * BigInt(charge.amount));
    }
    case "volume": {
      const step = charge.tiers.find(({ upTo }) => upTo === null || charged <= scaled(upTo, scale));
      if (!step) throw new Error("A volume price has a last step.");
      const flat = BigInt(step.flatAmount) * billion * scale;
      return rounded(charged * scaled(step.unitAmount, billion) + flat, billion * scale);
    }
    case "graduated": {
      let sum = 0n;
      let left = charged;
      let below = 0n;
      for (const [index, { upTo, unitAmount, flatAmount }] of charge.tiers.entries()) {
        if (index > 0 && left === 0n) break;
        const room = upTo === null ? left : scaled(upTo, scale) - below;
        const here = left < room ? left : room;
        sum += here * scaled(unitAmount, billion) + BigInt(flatAmount) * billion * scale;
        left -= here;
        below += room;
      }
      return rounded(sum, billion * scale);
    }
    default:
      throw new Error(`No arithmetic for ${charge.model}.`);
  }
}

function scaled(text: string, scale: bigint): bigint {
  const [whole = "0", fraction = ""] = text.split(".");
  const digits = String(scale).length - 1;
  return BigInt(whole) * scale + BigInt(fraction.padEnd(digits, "0") || "0");
}

function rounded(numerator: bigint, denominator: bigint): number {
  return Number((2n * numerator + denominator) / (2n * denominator));
}
