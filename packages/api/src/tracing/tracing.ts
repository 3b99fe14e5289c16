/** A request as a span of the caller's trace, and as what its jobs and log lines belong to. */
import type { ServerResponse } from "node:http";
import {
  context,
  INVALID_SPAN_CONTEXT,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { runCorrelated } from "@revops/core";
import type { RequestNotes } from "../edge/exchange.ts";
import type { ApiRequest } from "../edge/request.ts";

const tracer = trace.getTracer("@revops/api");

/** Runs what answers a request, so that everything it awaits is known to belong to it. */
export function traced(request: ApiRequest, response: ServerResponse, notes: RequestNotes, run: () => void): void {
  const correlation = { requestId: notes.requestId };
  const parent = propagation.extract(context.active(), request.headers);
  const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER }, parent);
  const spanContext = span.spanContext();
  // Without an SDK, and without a caller's trace: there is nobody to tell.
  if (spanContext === INVALID_SPAN_CONTEXT || !trace.isSpanContextValid(spanContext)) {
    runCorrelated(correlation, run);
    return;
  }
  notes.traceId = spanContext.traceId;
  response.once("close", () => {
    const { statusCode } = response;
    describe(span, { method: request.method, route: notes.route, statusCode });
    span.setAttribute("revops.request_id", notes.requestId);
    if (notes.err instanceof Error) span.recordException(notes.err);
    if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  });
  runCorrelated(correlation, () => context.with(trace.setSpan(parent, span), run));
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
