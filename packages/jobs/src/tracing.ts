/** A job belongs to the request that made it necessary: its id and its trace go along with the row. */

import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { type Correlation, currentCorrelation, runCorrelated } from "@revops/core";
import type { ClaimedJob } from "./store.ts";

// Without an SDK each of these does nothing, at no cost worth measuring.
const tracer = trace.getTracer("@revops/jobs");

/** What a row keeps of the work under way; null when it belongs to nothing. */
export function correlationNow(): Correlation | null {
  const correlation: Correlation = { ...currentCorrelation() };
  propagation.inject(context.active(), correlation);
  return Object.keys(correlation).length === 0 ? null : correlation;
}

/** Runs a job as a part of the trace that made it necessary. */
export function traced<Result>(
  { id, name, attempt, correlation }: ClaimedJob,
  work: () => Promise<Result>,
): Promise<Result> {
  const parent = propagation.extract(context.active(), correlation);
  // https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
  const attributes = {
    "messaging.system": "revops",
    "messaging.operation.type": "process",
    "messaging.destination.name": name,
    "messaging.message.id": id,
    "revops.job.attempt": attempt,
  };
  return runCorrelated(correlation, () =>
    tracer.startActiveSpan(`process ${name}`, { kind: SpanKind.CONSUMER, attributes }, parent, async (span) => {
      try {
        return await work();
      } catch (error) {
        span.recordException(error instanceof Error ? error : String(error));
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    }),
  );
}
