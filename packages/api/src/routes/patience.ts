/** A Stripe that is slow keeps nobody waiting: after a time the answer is 503, and what was begun goes on. */
import type { Payments } from "@revops/payments";
import type { Route, RouteSpec } from "./route.ts";

/** Longer than Stripe takes for a charge, and shorter than what proxies and clients wait for an answer. */
export const standardStripeWaitMs = 10_000;

/** Lets a route that asks Stripe wait for it no longer than so many milliseconds in all. */
export function withPatience(route: Route, { within }: Pick<Payments, "within">, milliseconds: number): Route {
  if (!asksStripe(route.spec)) return route;
  return { ...route, run: (request) => within(milliseconds, () => route.run(request)) };
}

/** An admin's look through all there is at Stripe is not among them: it takes as long as it takes. */
const asksStripe = ({ idempotent, role, errors }: RouteSpec): boolean =>
  idempotent === "resumable" || (role !== "admin" && (errors?.includes("stripe_unavailable") ?? false));
