/** The account at the payment provider that a publisher is paid to. */
import { z } from "zod";
import { apiErrors } from "../problems/errors.ts";
import { stripeAway } from "../problems/stripe-away.ts";
import { type Route, route } from "../routes/route.ts";
import { timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";

const accountSchema = z
  .object({
    id: z.string(),
    transfersEnabled: z.boolean(),
    payoutsEnabled: z.boolean(),
    detailsSubmitted: z.boolean(),
    createdAt: timeSchema,
  })
  .meta({
    id: "PayoutAccount",
    example: {
      id: "acct_1Q0PsIJvEtkwdCNYMSaVuRz6",
      transfersEnabled: false,
      payoutsEnabled: false,
      detailsSubmitted: false,
      createdAt: "2026-11-22T16:41:00.000Z",
    },
  });

const shown = ({
  stripeAccountId,
  ...account
}: { stripeAccountId: string } & Omit<z.input<typeof accountSchema>, "id">) => ({
  id: stripeAccountId,
  ...account,
});

export function payoutAccountRoutes({ payments: { connectedAccounts } }: Pick<ApiServices, "payments">): Route[] {
  return [
    route({
      method: "get",
      path: "/marketplace/publisher/account",
      summary: "Show the account that I am paid to",
      description:
        "Until transfers to it are enabled Stripe is asked, so that whoever comes back from its page sees what is now.",
      credentials: "required",
      scope: "billing:read",
      response: accountSchema,
      errors: ["not_found", ...stripeAway],
      charge: "api_call",
      example: { response: { transfersEnabled: true, payoutsEnabled: true, detailsSubmitted: true } },
    }).handle(async ({ principal }) => {
      const account = await connectedAccounts.get(principal.subjectId);
      if (!account) throw apiErrors.not_found();
      return shown(account.transfersEnabled ? account : await connectedAccounts.refresh(principal.subjectId));
    }),

    route({
      method: "post",
      path: "/marketplace/publisher/account",
      summary: "Open the account that I am paid to",
      description: "Asked for again, it is the same one.",
      credentials: "required",
      scope: "billing:write",
      body: z.strictObject({
        email: z.email().max(254).optional(),
        country: z
          .string()
          .regex(/^[A-Z]{2}$/)
          .optional(),
      }),
      status: 201,
      response: accountSchema,
      errors: stripeAway,
      idempotent: "resumable",
      charge: "api_call",
      example: { body: { email: "studio@example.com", country: "US" } },
    }).handle(async ({ principal, body }) =>
      shown(await connectedAccounts.create({ publisherId: principal.subjectId, ...body })),
    ),

    route({
      method: "post",
      path: "/marketplace/publisher/account/onboarding",
      summary: "Lead me to where I say who I am",
      description: "The page lasts minutes. Money is transferred once it was filled in.",
      credentials: "required",
      scope: "billing:write",
      body: z.strictObject({ returnUrl: z.url().max(2_000), refreshUrl: z.url().max(2_000) }),
      response: z.object({ url: z.string() }),
      errors: ["connected_account_not_found", ...stripeAway],
      charge: "api_call",
      example: {
        body: { returnUrl: "https://app.example.com/earnings", refreshUrl: "https://app.example.com/earnings/again" },
        response: { url: "https://connect.stripe.com/setup/e/acct_1Q0PsIJvEtkwdCNY/8XkT2wYb6NcR" },
      },
    }).handle(({ principal, body }) => connectedAccounts.onboard({ publisherId: principal.subjectId, ...body })),
  ];
}
