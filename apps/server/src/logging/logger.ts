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
      timestamp: timeOfLines(),
      mixin: belongingTo,
      hooks: { streamWrite: (line) => withoutSecrets(withoutSecretMembers(line)) },
    },
    destination ?? gatheredLines(),
  );
}

/** As pino's `isoTime`, written once for all lines of a millisecond, of which a busy server has twenty. */
function timeOfLines(): () => string {
  let millisecond = 0;
  let text = "";
  return () => {
    const now = Date.now();
    if (now !== millisecond) {
      millisecond = now;
      text = `,"time":"${new Date(now).toISOString()}"`;
    }
    return text;
  };
}

/** The request and the trace that a line belongs to, in jobs as in requests. */
function belongingTo(): object {
  const { requestId } = currentCorrelation();
  const span = trace.getActiveSpan()?.spanContext();
  if (span !== undefined)
    return { ...(requestId === undefined ? {} : { requestId }), traceId: span.traceId, spanId: span.spanId };
  return requestId === undefined ? {} : { requestId };
}
