import { resourceMissing } from "../errors.ts";
import { need, type Scope } from "../scope.ts";
import { createdParameters, page, pageOf, pageParameters } from "../server/pages.ts";
import { currency, flag, integer, mergeMetadata, metadata, oneOf, required, text } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { createReversal } from "./reversals.ts";
import { createTransfer, updateTransfer } from "./transfers.ts";

function reversalOf(scope: Scope, transfer: string, id: string) {
  need(scope, "transfer", transfer);
  const reversal = need(scope, "transfer_reversal", id);
  if (reversal.transfer !== transfer) throw resourceMissing("transfer_reversal", id);
  return reversal;
}

export const transferRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/transfers",
    parameters: {
      amount: integer(1),
      currency: required(currency()),
      destination: required(text()),
      description: text(),
      metadata: metadata(),
      source_transaction: text(),
      source_type: oneOf("bank_account", "card", "fpx"),
      transfer_group: text(),
    },
    handle: ({ scope, params }) => createTransfer(scope, params),
  }),
  route({
    method: "get",
    path: "/v1/transfers",
    parameters: { ...createdParameters, destination: text(), transfer_group: text() },
    handle: ({ scope, params }) =>
      page(
        scope,
        "transfer",
        params,
        { destination: params.destination, transfer_group: params.transfer_group },
        "/v1/transfers",
      ),
  }),
  route({
    method: "get",
    path: "/v1/transfers/:id",
    parameters: {},
    handle: ({ scope, id }) => need(scope, "transfer", id),
  }),
  route({
    method: "post",
    path: "/v1/transfers/:id",
    parameters: { description: text(), metadata: metadata() },
    handle: ({ scope, params, id }) => updateTransfer(scope, id, params),
  }),
  route({
    method: "post",
    path: "/v1/transfers/:id/reversals",
    parameters: { amount: integer(1), description: text(), metadata: metadata(), refund_application_fee: flag() },
    handle: ({ scope, params, id }) => createReversal(scope, id, params),
  }),
  route({
    method: "get",
    path: "/v1/transfers/:id/reversals",
    parameters: pageParameters,
    handle: ({ scope, params, id }) =>
      pageOf(need(scope, "transfer", id).reversals.data, params, `/v1/transfers/${id}/reversals`),
  }),
  route({
    method: "get",
    path: "/v1/transfers/:id/reversals/:reversal",
    parameters: {},
    handle: ({ scope, id, segment }) => reversalOf(scope, id, segment("reversal")),
  }),
  route({
    method: "post",
    path: "/v1/transfers/:id/reversals/:reversal",
    parameters: { metadata: metadata() },
    handle({ scope, params, id, segment }) {
      const before = reversalOf(scope, id, segment("reversal"));
      const after = { ...before, metadata: mergeMetadata(before.metadata, params.metadata) };
      const transfer = need(scope, "transfer", id);
      const data = transfer.reversals.data.map((one) => (one.id === after.id ? after : one));
      scope.objects.write("transfer", { ...transfer, reversals: { ...transfer.reversals, data } });
      return scope.objects.write("transfer_reversal", after);
    },
  }),
];
