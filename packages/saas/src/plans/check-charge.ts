/** What makes a charge sound. */
import { decimal } from "@revops/core";
import type { Charge, ChargeDefinition, PriceTier, PriceTierDefinition } from "./charge.ts";
import type { PlanFeature } from "./feature.ts";
import { checkAmount, checkPrice, checkQuantity, invalid } from "./invalid.ts";

/** @param what names the charge in an error: `The charge of "call" in "pro"` */
export function checkCharge(what: string, definition: ChargeDefinition, feature: PlanFeature): Charge {
  switch (definition.model) {
    case "flat":
      return Object.freeze({ model: "flat", amount: checkAmount(`${what}: its amount`, definition.amount) });
    case "per_unit":
      return Object.freeze({ model: "per_unit", unitAmount: checkPrice(`${what}: its price`, definition.unitAmount) });
    case "per_seat":
      return checkPerSeat(what, definition, feature);
    case "graduated":
    case "volume":
      return Object.freeze({ model: definition.model, tiers: checkSteps(what, definition.tiers, feature) });
    case "package":
      return checkPackage(what, definition, feature);
    default:
      throw invalid(`${what}: there is no charge model "${String((definition as { model: unknown }).model)}".`);
  }
}

function checkPerSeat(
  what: string,
  { unitAmount, basis = "prorated" }: Extract<ChargeDefinition, { model: "per_seat" }>,
  feature: PlanFeature,
): Charge {
  if (feature.kind !== "allocated") throw invalid(`${what}: only an allocated feature is charged by the seat.`);
  if (basis !== "prorated" && basis !== "peak") throw invalid(`${what}: its basis is prorated or peak.`);
  return Object.freeze({ model: "per_seat", unitAmount: checkPrice(`${what}: its price`, unitAmount), basis });
}

function checkPackage(
  what: string,
  { size, amount, rounding = "up" }: Extract<ChargeDefinition, { model: "package" }>,
  feature: PlanFeature,
): Charge {
  const exact = checkQuantity(`${what}: its size`, size, feature.decimals);
  if (exact === "0") throw invalid(`${what}: a package holds more than nothing.`);
  if (rounding !== "up" && rounding !== "down") throw invalid(`${what}: packages are rounded up or down.`);
  return Object.freeze({ model: "package", size: exact, amount: checkAmount(`${what}: its amount`, amount), rounding });
}

/** Steps rise, and only the last one has no end: so every quantity has a price, and one. */
function checkSteps(what: string, steps: readonly PriceTierDefinition[], feature: PlanFeature): readonly PriceTier[] {
  if (!Array.isArray(steps) || steps.length === 0) throw invalid(`${what}: it has at least one step.`);
  let before = decimal(0);
  const checked = steps.map(({ upTo, unitAmount = 0, flatAmount = 0 }: PriceTierDefinition, index) => {
    const step = `${what}: step ${index + 1}`;
    const last = index === steps.length - 1;
    if ((upTo === null) !== last) throw invalid(`${step}: the last step, and only that one, ends at null.`);
    if (upTo !== null) {
      const end = decimal(checkQuantity(`${step}: its end`, upTo, feature.decimals));
      if (end.lte(before)) throw invalid(`${step} ends where the one before it does, or earlier.`);
      before = end;
    }
    return Object.freeze({
      upTo: upTo === null ? null : before.toString(),
      unitAmount: checkPrice(`${step}: its price`, unitAmount),
      flatAmount: checkAmount(`${step}: its flat amount`, flatAmount),
    });
  });
  return Object.freeze(checked);
}
