/** What sales and support do: tiers of one's own, trials, overrides, add-ons, grants and discounts, for one subject. */
import type { Tx } from "@revops/database";
import { diffPlans, type Entitlement } from "@revops/saas";
import { z } from "zod";
import { type Route, type RouteSpec, route } from "../routes/route.ts";
import { exampleTime } from "../schemas/examples.ts";
import { idOf, idSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import {
  addOnInputSchema,
  customTierInputSchema,
  discountInputSchema,
  discountSchema,
  entitlementDetailsSchema,
  entitlementSchema,
  grantInputSchema,
  overridesInputSchema,
  planDiffSchema,
  planVersionSchema,
  tierInputSchema,
  trialInputSchema,
} from "./schemas.ts";

const asAdmin = { credentials: "session", role: "admin" } as const satisfies Partial<RouteSpec>;
const subject = z.object({ id: idOf("usr") });
const named = (name: string) => z.object({ id: idOf("usr"), [name]: idSchema });

/** What the answers show of a subject with a tier of its own. */
const customExample = {
  tier: "acme_2026",
  name: "Acme 2026",
  status: "active",
  pinned: true,
  price: { amount: 9900 },
  limits: { api_call: 500000, template_install: null, storage: null },
  flags: { priority_support: true },
  scheduled: null,
};

/** What can be named. Plans that are code say it in the document. */
function addOnsOf({ plans: { addOns } }: Pick<ApiServices["saas"], "plans">): string {
  if (addOns.length === 0)
    return "The plans of this server have no add-ons: until they do, every name is `unknown_add_on`.";
  return `Of the plans' add-ons: ${addOns.map(({ id, name }) => `\`${id}\` (${name})`).join(", ")}.`;
}

export function adminEntitlementRoutes({ saas }: Pick<ApiServices, "saas">): Route[] {
  const { entitlements, cycles } = saas;
  const shown = async (changed: Promise<Entitlement>) => shownEntitlement(await changed);

  /** Nobody is made a subject by a mistyped id. @throws `subject_not_found` */
  async function known(subjectId: string, tx: Tx | undefined): Promise<string> {
    return (await entitlements.of(subjectId, tx)).subjectId;
  }

  return [
    route({
      ...asAdmin,
      method: "get",
      path: "/admin/subjects/:id/entitlement",
      summary: "Show what a user or organization is entitled to, and was",
      params: subject,
      response: entitlementDetailsSchema,
      errors: ["subject_not_found"],
    }).handle(async ({ params: { id } }) => ({
      entitlement: await shown(entitlements.of(id)),
      discounts: [...(await cycles.discounts.list(id))],
      history: await entitlements.history(id),
    })),

    route({
      ...asAdmin,
      method: "put",
      path: "/admin/subjects/:id/tier",
      summary: "Give a tier by hand",
      description:
        "In force now, and pinned: Stripe's word replaces it only by a higher tier. This is how a tier without a price, such as enterprise, is sold.",
      params: subject,
      body: tierInputSchema,
      response: entitlementSchema,
      errors: ["subject_not_found", "unknown_tier"],
      idempotent: "in-transaction",
      example: {
        body: { tier: "enterprise" },
        response: {
          tier: "enterprise",
          name: "Enterprise",
          status: "active",
          pinned: true,
          price: null,
          limits: { api_call: null, template_install: null, storage: null },
          flags: { priority_support: true },
          scheduled: null,
        },
      },
    }).handle(async ({ params, body: { tier }, tx }) => {
      saas.plans.tier(tier);
      const subjectId = await known(params.id, tx);
      return shown(entitlements.assign({ subjectId, tier, status: "active", pinned: true }, tx));
    }),

    route({
      ...asAdmin,
      method: "put",
      path: "/admin/subjects/:id/custom-tier",
      summary: "Give a tier of their own, ranked among the others by its level",
      params: subject,
      body: customTierInputSchema,
      response: entitlementSchema,
      errors: ["subject_not_found", "invalid_agreement"],
      idempotent: "in-transaction",
      example: {
        body: {
          id: "acme_2026",
          level: 15,
          name: "Acme 2026",
          price: { amount: 9900, currency: "usd" },
          interval: "month",
          limits: { api_call: 500000, template_install: null, storage: null },
          flags: { custom_ontologies: true, priority_support: true },
          values: { sla: "99.9%" },
        },
        response: customExample,
      },
    }).handle(async ({ params, body: { id, ...tier }, tx }) =>
      shown(entitlements.assignCustom({ subjectId: await known(params.id, tx), id, tier }, tx)),
    ),

    route({
      ...asAdmin,
      method: "delete",
      path: "/admin/subjects/:id/tier",
      summary: "End what was given or bought: the base tier from now on",
      params: subject,
      response: entitlementSchema,
      errors: ["subject_not_found"],
      idempotent: "in-transaction",
      example: {
        response: {
          tier: "free",
          name: "Free",
          status: "active",
          price: { amount: 0 },
          limits: { api_call: 1000, template_install: 5, storage: 100 },
          flags: { custom_ontologies: false },
          scheduled: null,
        },
      },
    }).handle(({ params, tx }) => shown(entitlements.end({ subjectId: params.id }, tx))),

    route({
      ...asAdmin,
      method: "post",
      path: "/admin/subjects/:id/trial",
      summary: "Start a trial, once a subject",
      params: subject,
      body: trialInputSchema,
      response: entitlementSchema,
      errors: ["subject_not_found", "unknown_tier", "trial_not_available", "invalid_agreement"],
      idempotent: "in-transaction",
      example: { body: { tier: "pro", days: 14 } },
    }).handle(({ params, body: { tier, days }, tx }) => {
      saas.plans.tier(tier);
      return shown(entitlements.startTrial({ subjectId: params.id, tier, days }, tx));
    }),

    route({
      ...asAdmin,
      method: "put",
      path: "/admin/subjects/:id/overrides",
      summary: "Put values in place of the tier's; none takes them back",
      params: subject,
      body: overridesInputSchema,
      response: entitlementSchema,
      errors: ["subject_not_found", "unknown_feature", "invalid_agreement"],
      idempotent: "in-transaction",
      example: {
        body: { limits: { api_call: 2000 } },
        response: { ...customExample, limits: { ...customExample.limits, api_call: 2000 } },
      },
    }).handle(({ params, body, tx }) => shown(entitlements.override({ subjectId: params.id, overrides: body }, tx))),

    route({
      ...asAdmin,
      method: "put",
      path: "/admin/subjects/:id/add-ons/:addOn",
      summary: "Set how many of an add-on a subject has",
      description: addOnsOf(saas),
      params: named("addOn"),
      body: addOnInputSchema,
      response: entitlementSchema,
      errors: ["subject_not_found", "unknown_add_on", "invalid_agreement"],
      idempotent: "in-transaction",
      example: { params: { addOn: saas.plans.addOns[0]?.id ?? "extra_storage" }, body: { quantity: 2 } },
    }).handle(({ params: { id: subjectId = "", addOn = "" }, body: { quantity }, tx }) =>
      shown(entitlements.setAddOn({ subjectId, addOn, quantity }, tx)),
    ),

    route({
      ...asAdmin,
      method: "put",
      path: "/admin/subjects/:id/grants/:grant",
      summary: "Grant more of a feature, for ever or until a time",
      params: named("grant"),
      body: grantInputSchema,
      response: entitlementSchema,
      errors: ["subject_not_found", "unknown_feature", "invalid_agreement"],
      idempotent: "in-transaction",
      example: {
        params: { grant: "launch" },
        body: { feature: "api_call", quantity: 1000 },
        response: {
          limits: { api_call: 101000 },
          grants: [{ id: "launch", feature: "api_call", quantity: 1000, expiresAt: null }],
        },
      },
    }).handle(({ params: { id: subjectId = "", grant = "" }, body, tx }) =>
      shown(entitlements.grant({ subjectId, id: grant, ...body }, tx)),
    ),

    route({
      ...asAdmin,
      method: "delete",
      path: "/admin/subjects/:id/grants/:grant",
      summary: "Take a grant back",
      params: named("grant"),
      response: entitlementSchema,
      errors: ["subject_not_found"],
      idempotent: "in-transaction",
      example: { params: { grant: "launch" } },
    }).handle(({ params: { id: subjectId = "", grant = "" }, tx }) =>
      shown(entitlements.revokeGrant({ subjectId, id: grant }, tx)),
    ),

    route({
      ...asAdmin,
      method: "put",
      path: "/admin/subjects/:id/discounts/:discount",
      summary: "Give a discount, from the billing cycle under way on",
      params: named("discount"),
      body: discountInputSchema,
      response: discountSchema,
      errors: ["subject_not_found", "invalid_discount"],
      idempotent: "in-transaction",
      example: { params: { discount: "early-bird" }, body: { name: "Early bird", percent: "20", duration: 3 } },
    }).handle(async ({ params: { id = "", discount = "" }, body, tx }) =>
      cycles.discounts.give({ subjectId: await known(id, tx), id: discount, ...body }, tx),
    ),

    route({
      ...asAdmin,
      method: "delete",
      path: "/admin/subjects/:id/discounts/:discount",
      summary: "End a discount before its time",
      params: named("discount"),
      errors: ["subject_not_found"],
      idempotent: "in-transaction",
      example: { params: { discount: "early-bird" } },
    }).handle(async ({ params: { id = "", discount = "" }, tx }) =>
      cycles.discounts.end({ subjectId: await known(id, tx), id: discount }, tx),
    ),

    route({
      ...asAdmin,
      method: "post",
      path: "/admin/subjects/:id/plan-version",
      summary: "Move a subject to the present version of the plans",
      description:
        "Until then it stays on the version that it bought from. Limits are of today at once; what Stripe charges for the tier changes with the next period.",
      params: subject,
      response: entitlementSchema,
      errors: ["subject_not_found", "unknown_tier"],
      idempotent: "in-transaction",
    }).handle(({ params, tx }) => shown(entitlements.migrate({ subjectId: params.id }, tx))),

    route({
      ...asAdmin,
      method: "get",
      path: "/admin/plans/versions",
      summary: "List the versions of the plans that anybody bought from",
      response: z.object({ data: z.array(planVersionSchema) }),
      example: { response: { data: [{ version: "ymALC4GEcVSw", createdAt: exampleTime, current: true }] } },
    }).handle(async () => ({
      data: (await saas.planVersions.list()).map((stored) => ({
        ...stored,
        current: stored.version === saas.plans.version,
      })),
    })),

    route({
      ...asAdmin,
      method: "get",
      path: "/admin/plans/diff",
      summary: "Show what changed from one version of the plans to another",
      query: z.strictObject({ from: z.string().min(1).max(64), to: z.string().min(1).max(64).optional() }),
      response: planDiffSchema,
      errors: ["unknown_plan_version"],
      example: { query: { from: "9f86d081884c7d65" } },
    }).handle(async ({ query: { from, to = saas.plans.version } }) => {
      const [before, after] = [await saas.planVersions.get(from), await saas.planVersions.get(to)];
      return { from, to, changes: diffPlans(before, after) };
    }),
  ];
}

function shownEntitlement({ plan, ...entitlement }: Entitlement) {
  const { name, price, limits, flags } = plan;
  return {
    ...entitlement,
    name,
    price,
    limits,
    flags,
    grants: [...entitlement.grants],
    addOns: [...entitlement.addOns],
  };
}
