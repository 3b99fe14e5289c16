/** Invoices, from the mirror of Stripe's. */
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import { idOf, listSchema, pageQuerySchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { invoiceDetailsSchema, invoiceSchema } from "./schemas.ts";

export function invoiceRoutes({ payments }: Pick<ApiServices, "payments">): Route[] {
  return [
    route({
      method: "get",
      path: "/billing/invoices",
      summary: "List my invoices, newest first",
      credentials: "required",
      scope: "billing:read",
      query: pageQuerySchema,
      response: listSchema(invoiceSchema),
    }).handle(async ({ principal, query, cursors }) =>
      cursors.list(await payments.invoices.list(principal.subjectId, cursors.open(query))),
    ),

    route({
      method: "get",
      path: "/billing/invoices/:id",
      summary: "Show an invoice with its lines",
      credentials: "required",
      scope: "billing:read",
      params: z.object({ id: idOf("inv") }),
      response: invoiceDetailsSchema,
    }).handle(({ principal: { subjectId }, params }) => payments.invoices.get({ subjectId, invoiceId: params.id })),
  ];
}
