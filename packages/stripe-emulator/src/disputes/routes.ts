import { need } from "../scope.ts";
import { createdParameters, page } from "../server/pages.ts";
import { flag, given, hash, metadata, text } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { closeDispute, updateDispute } from "./disputes.ts";
import { evidenceFields } from "./evidence.ts";

export const disputeRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/v1/disputes",
    parameters: { ...createdParameters, charge: text(), payment_intent: text() },
    handle: ({ scope, params }) =>
      page(scope, "dispute", params, { charge: params.charge, payment_intent: params.payment_intent }, "/v1/disputes"),
  }),
  route({
    method: "get",
    path: "/v1/disputes/:id",
    parameters: {},
    handle: ({ scope, id }) => need(scope, "dispute", id),
  }),
  route({
    method: "post",
    path: "/v1/disputes/:id",
    parameters: { evidence: hash(evidenceFields), metadata: metadata(), submit: flag() },
    handle: ({ scope, params, id }) =>
      updateDispute(scope, id, {
        ...params,
        evidence: params.evidence === undefined ? undefined : given(params.evidence),
      }),
  }),
  route({
    method: "post",
    path: "/v1/disputes/:id/close",
    parameters: {},
    handle: ({ scope, id }) => closeDispute(scope, id),
  }),
];
