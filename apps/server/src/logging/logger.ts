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
      // pino would copy each line for what most have not.
      mixinMergeStrategy: (line, more) => (more === nothing ? line : Object.assign(more, line)),
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

const nothing: object = Object.freeze({});

/** The request and the trace that a line belongs to, in jobs as in requests; {@link nothing} that the line does not say itself. */
function belongingTo(line: object): object {
  const span = trace.getActiveSpan()?.spanContext();
  const said = "requestId" in line ? undefined : currentCorrelation().requestId;
  if (span === undefined && said === undefined) return nothing;
  return {
    ...(said === undefined ? {} : { requestId: said }),
    ...(span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId }),
  };
}
