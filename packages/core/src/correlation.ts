/** Which request the work under way belongs to, so that lines of logs far from it, and jobs long after it, can name it. */
import { AsyncLocalStorage } from "node:async_hooks";

/** What is carried along; plain strings, so that a job's row can keep it. */
export interface Correlation {
  /** The `X-Request-Id` of the request that began it. */
  readonly requestId?: string;
  /** W3C Trace Context (https://www.w3.org/TR/trace-context/), where a tracer runs. */
  readonly traceparent?: string;
}

// One for the process, as the asynchronous context itself is: two instances of a package serve the same request.
const storage = new AsyncLocalStorage<Correlation>();

/**
 * Runs `work` so that everything it awaits finds `correlation` in {@link currentCorrelation}.
 * @example await runCorrelated({ requestId: "req_1" }, () => handle(request));
 */
export function runCorrelated<Result>(correlation: Correlation, work: () => Result): Result {
  return storage.run(correlation, work);
}

/** What the work under way belongs to; empty outside of a request and of a job. */
export function currentCorrelation(): Correlation {
  return storage.getStore() ?? {};
}
