/** What an operation is, and how an old one is found again. */
import type Stripe from "stripe";
import { toUnix } from "../../gateway/objects.ts";
import type { MirrorTarget } from "../../mirrors/mirrors.ts";
import { type Answer, type Call, callMark, type OperationName, type OperationParams } from "../call.ts";

export interface Operation<Params> {
  /** Whether the object carries {@link callMark}; where Stripe takes no metadata it does not. */
  readonly marked: boolean;
  /**
   * Stripe takes no idempotency key for a DELETE: what was done before is refused when it is asked for again, so a refusal
   * is believed only when {@link find} finds nothing. https://docs.stripe.com/api/idempotent_requests
   */
  readonly keyless?: true;
  send(stripe: Stripe, params: Params, options: Stripe.RequestOptions): Promise<Answer>;
  /** What the call made or changed, if it happened: asked when its key may be forgotten, and after a 5xx. */
  find(stripe: Stripe, params: Params, mark: Mark): Promise<Answer | null>;
  /** What to bring up to date after it. */
  touches(params: Params, answer: Answer): MirrorTarget | null;
}

export type Operations<Name extends OperationName = OperationName> = {
  readonly [N in Name]: Operation<OperationParams[N]>;
};

/** How to know an object that a call made. */
export interface Mark {
  readonly callId: string;
  /** Unix seconds between which it was made, if it was: a day of repeats, and clocks that differ. */
  readonly created: Stripe.RangeQueryParam;
}

type Marked = Answer & { readonly metadata?: Stripe.Metadata | null };

export function bears(object: Marked | null, { callId }: Mark): Answer | null {
  return object?.metadata?.[callMark] === callId ? object : null;
}

export async function firstMarked(list: AsyncIterable<Marked>, mark: Mark): Promise<Answer | null> {
  for await (const object of list) if (bears(object, mark)) return object;
  return null;
}

export const pageSize = 100;

const skewSeconds = 600;
const daySeconds = 86_400;

export function markOf({ id, createdAt }: Pick<Call, "id" | "createdAt">): Mark {
  const second = toUnix(createdAt);
  return { callId: id, created: { gte: second - skewSeconds, lte: second + daySeconds + skewSeconds } };
}
