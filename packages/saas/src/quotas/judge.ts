/** What would become of a use, and why. Pure. */
import { unitsOf } from "../credits/credit-source.ts";
import { type Refusal, refusalOf } from "../metering/admission.ts";
import { type Admission, type Allowance, admit, mostOf, overageOf } from "./allowance.ts";
import type { ReasonCap, Reasons } from "./reasons.ts";

/** @param after the allowance once the use was taken */
export function reasonsOf(after: Allowance, admission: Admission | null): Reasons {
  return {
    drawn: admission === null || admission.refusal !== null ? null : drawnUnits(admission.drawn),
    credited: after.credited,
    creditsLeft: after.sources.reduce((sum, source) => sum + unitsOf(source), 0),
    overage: overageOf(after),
    soft: after.soft,
    most: mostOf(after),
    cap: admission === null || admission.refusal === null ? null : capOf(admission),
  };
}

/** What would become of a use, with nothing taken: the reasons are of the allowance as it stands. */
export function judge(allowance: Allowance, quantity: number): { result: "counted" | Refusal; reasons: Reasons } {
  if (quantity <= 0) {
    // Giving back is never held up by a limit, but what is only reserved is not in use.
    const refusal = refusalOf(allowance.used - allowance.held, quantity, null);
    const drawn = refusal === null ? { included: quantity, credits: 0, overage: 0 } : null;
    return { result: refusal ?? "counted", reasons: { ...reasonsOf(allowance, null), drawn } };
  }
  const admission = admit(allowance, quantity);
  return { result: admission.refusal ?? "counted", reasons: reasonsOf(allowance, admission) };
}

function drawnUnits({ included, credits, overage }: Extract<Admission, { refusal: null }>["drawn"]) {
  return { included, credits: credits.reduce((sum, { units }) => sum + units, 0), overage };
}

function capOf({ obstacle }: Exclude<Admission, { refusal: null }>): ReasonCap | null {
  if (obstacle.kind === "limit") return null;
  if (obstacle.kind === "spend_cap") return { kind: "spend", cap: obstacle.cap };
  const { interval, limit, used, endsAt } = obstacle.window;
  return { kind: interval, limit, used, endsAt };
}
