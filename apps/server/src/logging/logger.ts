/** One JSON object a line, with secrets taken out by the name of the member and by what they look like. */
import { trace } from "@opentelemetry/api";
import { currentCorrelation } from "@revops/core";
import { type DestinationStream, pino } from "pino";
import type { Config } from "../config.ts";
import { gatheredLines } from "./gathered-lines.ts";
import { withoutSecretMembers } from "./secret-members.ts";
import { withoutSecrets } from "./secret-patterns.ts";

/** @param destination standard output unless given */
export function createLogger({ logLevel }: Pick<Config, "logLevel">, destination?: DestinationStream) {
  return pino(
    {
      level: logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: belongingTo,
      hooks: { streamWrite: (line) => withoutSecrets(withoutSecretMembers(line)) },
    },
    destination ?? gatheredLines(),
  );
}

/** The request and the trace that a line belongs to, in jobs as in requests. */
function belongingTo(): object {
  const { requestId } = currentCorrelation();
  const span = trace.getActiveSpan()?.spanContext();
  if (span !== undefined)
    return { ...(requestId === undefined ? {} : { requestId }), traceId: span.traceId, spanId: span.spanId };
  return requestId === undefined ? {} : { requestId };
}
