import type Stripe from "stripe";
import { apiVersion } from "../api-version.ts";
import { invalidRequest } from "../errors.ts";
import { createIdentifier, randomText } from "../identifiers.ts";
import { change, need, type Scope } from "../scope.ts";
import { page, pageParameters } from "../server/pages.ts";
import {
  clearable,
  flag,
  list,
  type MetadataChange,
  mergeMetadata,
  metadata,
  required,
  text,
} from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";

function checkUrl(url: string): string {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw invalidRequest("Invalid URL: An explicit scheme (such as https) must be provided.", {
      code: "url_invalid",
      param: "url",
    });
  return url;
}

/** Makes an endpoint. Its signing secret is in this answer only. */
export function createWebhookEndpoint(
  scope: Scope,
  input: {
    url: string;
    enabled_events: string[];
    description?: string | null | undefined;
    metadata?: MetadataChange | undefined;
    secret?: string | undefined;
    connect?: boolean | undefined;
  },
): Stripe.WebhookEndpoint & { secret: string } {
  const secret = input.secret ?? `whsec_${randomText(32)}`;
  const endpoint = scope.objects.insert(
    "webhook_endpoint",
    {
      id: createIdentifier("we"),
      object: "webhook_endpoint",
      api_version: apiVersion,
      application: null,
      ...(input.connect === true ? { connect: true as const } : {}),
      created: scope.now,
      description: input.description ?? null,
      enabled_events: input.enabled_events,
      livemode: false,
      metadata: mergeMetadata(null, input.metadata),
      status: "enabled",
      url: checkUrl(input.url),
    },
    secret,
  );
  return { ...endpoint, secret };
}

export const webhookEndpointRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/webhook_endpoints",
    parameters: {
      url: required(text()),
      enabled_events: required(list(text(), 500)),
      connect: flag(),
      description: clearable(text()),
      metadata: metadata(),
    },
    handle: ({ scope, params }) => createWebhookEndpoint(scope, params),
  }),
  route({
    method: "get",
    path: "/v1/webhook_endpoints",
    parameters: pageParameters,
    handle: ({ scope, params }) => page(scope, "webhook_endpoint", params, {}, "/v1/webhook_endpoints"),
  }),
  route({
    method: "get",
    path: "/v1/webhook_endpoints/:id",
    parameters: {},
    handle: ({ scope, id }) => need(scope, "webhook_endpoint", id),
  }),
  route({
    method: "post",
    path: "/v1/webhook_endpoints/:id",
    parameters: {
      url: text(),
      enabled_events: list(text(), 500),
      description: clearable(text()),
      disabled: flag(),
      metadata: metadata(),
    },
    handle({ scope, params, id }) {
      const endpoint = need(scope, "webhook_endpoint", id);
      const patch: Partial<Stripe.WebhookEndpoint> = { metadata: mergeMetadata(endpoint.metadata, params.metadata) };
      if (params.url !== undefined) patch.url = checkUrl(params.url);
      if (params.enabled_events !== undefined) patch.enabled_events = params.enabled_events;
      if (params.description !== undefined) patch.description = params.description;
      if (params.disabled !== undefined) patch.status = params.disabled ? "disabled" : "enabled";
      return change(scope, "webhook_endpoint", endpoint, patch, null);
    },
  }),
  route({
    method: "delete",
    path: "/v1/webhook_endpoints/:id",
    parameters: {},
    handle({ scope, id }) {
      need(scope, "webhook_endpoint", id);
      scope.objects.remove(id);
      return { id, object: "webhook_endpoint", deleted: true };
    },
  }),
];
