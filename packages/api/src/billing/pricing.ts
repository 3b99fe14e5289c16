/** What the tiers cost and hold. */
import type { PlanTier } from "@revops/saas";
import { type Route, route } from "../routes/route.ts";
import type { ApiServices } from "../services.ts";
import { pricingSchema } from "./schemas.ts";

export function pricingRoutes({ saas }: Pick<ApiServices, "saas">): Route[] {
  const pricing = { tiers: saas.plans.tiers.map(pricedTier) };
  return [
    route({
      method: "get",
      path: "/billing/pricing",
      summary: "Show the tiers and their prices",
      credentials: "none",
      response: pricingSchema,
    }).handle(async () => pricing),
  ];
}

function pricedTier({ id, name, price, interval, limits, flags, values }: PlanTier) {
  const features = Object.keys(flags).filter((flag) => flags[flag]);
  const { sla = null } = values;
  return { tier: id, name, price, interval, limits, features, sla: sla === null ? null : String(sla) };
}
