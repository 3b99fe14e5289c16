/** A grant as one feature draws from it. */
import type { LiveGrant } from "./grant.ts";

export interface CreditSource {
  readonly grant: LiveGrant;
  /** What the feature's smallest unit costs, in the smallest unit of the grant: always whole. */
  readonly rate: number;
}

/** The feature's smallest units that the grant still pays for. What is too little for one stays in the grant. */
export function unitsOf({ grant, rate }: CreditSource): number {
  return Math.floor(grant.remaining / rate);
}
