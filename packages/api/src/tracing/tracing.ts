/** A request as a span of the caller's trace, and as what its jobs and log lines belong to. */

import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { runCorrelated } from "@revops/core";
import type { RequestHandler } from "express";
import type { AccessLog } from "../access-log/access-log.ts";

// Without an SDK each of these does nothing, at no cost worth measuring.
const tracer = trace.getTracer("@revops/api");

/** To be used after the access log, which gives the request its id. */
export function tracing(accessLog: Pick<AccessLog, "notes">): RequestHandler {
  return (request, response, next) => {
    const notes = accessLog.notes(response);
    const parent = propagation.extract(context.active(), request.headers);
    const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER }, parent);
    const { traceId } = span.spanContext();
    if (trace.isSpanContextValid(span.spanContext())) notes.traceId = traceId;
    response.once("close", () => {
      const { statusCode } = response;
      describe(span, { method: request.method, route: notes.route, statusCode });
      span.setAttribute("revops.request_id", notes.requestId);
      if (notes.err instanceof Error) span.recordException(notes.err);
      if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    runCorrelated({ requestId: notes.requestId }, () => context.with(trace.setSpan(parent, span), next));
  };
}

interface Told {
  readonly method: string;
  readonly route: string | undefined;
  readonly statusCode: number;
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
function describe(span: Span, { method, route, statusCode }: Told): void {
  span.setAttributes({ "http.request.method": method, "http.response.status_code": statusCode });
  if (route === undefined) return;
  span.updateName(`${method} ${route}`);
  span.setAttribute("http.route", route);
}
