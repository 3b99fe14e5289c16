/** Sending again, where it can do no harm. */

export interface RetryOptions {
  /** How often at most, beside the first try; 3 unless said otherwise, 0 = never. */
  readonly attempts: number;
  /** Seconds that a `Retry-After` may ask for; one that asks for longer is handed to the caller. */
  readonly maxWaitSeconds: number;
}

/** The server is away or has too much to do, and says that nothing was decided. */
const passing = new Set([429, 502, 503, 504]);
const firstPauseMs = 200;
const longestPauseMs = 5_000;

/**
 * Sends a request, and again while it fails for a passing reason. Only what may be sent twice is: reading, and what
 * carries an `Idempotency-Key`, whose repeat gets the first answer.
 */
export async function sendWithRetries(
  request: Request,
  send: (request: Request) => Promise<Response>,
  { attempts, maxWaitSeconds }: RetryOptions,
): Promise<Response> {
  const repeatable = ["GET", "HEAD"].includes(request.method) || request.headers.has("idempotency-key");
  for (let attempt = 1; ; attempt++) {
    const last = !repeatable || attempt > attempts;
    let pauseMs = backoffMs(attempt);
    try {
      // A body can be read once: the copy goes, the original stays for another try.
      const response = await send(last ? request : request.clone());
      if (last || !(passing.has(response.status) || (await isInProgress(response)))) return response;
      const asked = retryAfterSeconds(response);
      if (asked !== null) pauseMs = asked * 1_000;
      if (pauseMs > maxWaitSeconds * 1_000) return response;
      await response.body?.cancel();
    } catch (error) {
      if (last || request.signal.aborted) throw error;
    }
    await pause(pauseMs, request.signal);
  }
}

/** The first of two equal requests is still running: its answer will be there soon. */
async function isInProgress(response: Response): Promise<boolean> {
  if (response.status !== 409) return false;
  const problem: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return (
    typeof problem === "object" && problem !== null && "code" in problem && problem.code === "idempotency_in_progress"
  );
}

/** Growing, and never the same for two clients that were refused together. */
const backoffMs = (attempt: number) =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);

function retryAfterSeconds(response: Response): number | null {
  const text = response.headers.get("retry-after");
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
