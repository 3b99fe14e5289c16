/** What decided about a use beyond the plain limit. Plain data in the feature's smallest unit. */

import { unitsOf } from "../credits/credit-source.ts";
import { type Admission, type Allowance, mostOf, overageOf } from "./allowance.ts";
import type { SpendCapKind } from "./spend.ts";

export interface Reasons {
  /** What this use was taken from; null for a refusal or a repeat. */
  readonly drawn: { readonly included: number; readonly credits: number; readonly overage: number } | null;
  /** Of the period's use, what credits paid for. */
  readonly credited: number;
  /** What credits still pay for. */
  readonly creditsLeft: number;
  readonly overage: number;
  readonly soft: boolean;
  /** The most that one use could take now; null is unlimited. */
  readonly most: number | null;
  /** The cap that stood in the way; null where it was the limit itself, or nothing. */
  readonly cap: ReasonCap | null;
}

export type ReasonCap =
  | {
      readonly kind: "hour" | "day";
      readonly limit: number;
      readonly used: number;
      readonly endsAt: Date;
    }
  | { readonly kind: "spend"; readonly cap: SpendCapKind };

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

function drawnUnits({ included, credits, overage }: Extract<Admission, { refusal: null }>["drawn"]) {
  return { included, credits: credits.reduce((sum, { units }) => sum + units, 0), overage };
}

function capOf({ obstacle }: Exclude<Admission, { refusal: null }>): ReasonCap | null {
  if (obstacle.kind === "limit") return null;
  if (obstacle.kind === "spend_cap") return { kind: "spend", cap: obstacle.cap };
  const { interval, limit, used, endsAt } = obstacle.window;
  return { kind: interval, limit, used, endsAt };
}
