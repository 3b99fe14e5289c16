/** Whether Stripe charges a closed cycle as it was rated. Pure. */
import type { UsageBillLine } from "./bill.ts";

/** By line of the statement, in minor units; null while an invoice can still change, or there is none yet. */
export interface Charged {
  /** Whether the invoice of the period will not change any more; true when there is none. */
  readonly isFinal: boolean;
  readonly amounts: ReadonlyMap<string, number | null>;
  /** Use that Stripe charges and the statement does not know of. */
  readonly foreign: readonly {
    readonly id: string;
    readonly description: string;
    readonly feature: string;
    readonly amount: number;
  }[];
}

/** To the cent, line by line. */
export function stateOf(
  lines: readonly Pick<UsageBillLine, "id" | "amount">[],
  { isFinal, amounts, foreign }: Charged,
): "waiting" | "matched" | "differs" {
  const known = lines.map(({ id, amount }) => ({ ours: amount.amount, stripe: amounts.get(id) ?? null }));
  if (!isFinal || known.some(({ stripe }) => stripe === null)) return "waiting";
  return foreign.length === 0 && known.every(({ ours, stripe }) => ours === stripe) ? "matched" : "differs";
}
