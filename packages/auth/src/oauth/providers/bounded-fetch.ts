/** Asks a provider, within bounds: what it does not answer in time, or answers without end, is no answer. */
import { authErrors } from "../../errors.ts";

export interface AskBounds {
  /** For the whole answer, its body included; 10,000 unless said otherwise. */
  readonly timeoutMs?: number | undefined;
}

const defaultTimeoutMs = 10_000;
const maxBytes = 1_000_000;

/** The members of `RequestInit` that a request to a provider has. */
export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: ConstructorParameters<typeof Response>[0];
}

export type BoundedFetch = (url: string, ask: Ask) => Promise<Response>;

/** @throws `provider_unreachable` for no answer and for one of 429 or 5xx; `provider_answer_invalid` for over 1 MB */
export function createBoundedFetch({ timeoutMs = defaultTimeoutMs }: AskBounds = {}): BoundedFetch {
  return async (url, { method = "GET", headers = {}, body = null }) => {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
      // A redirect is not followed: it would carry the client's secret to wherever it points.
      const response = await fetch(url, { method, headers, body, redirect: "manual", signal: abort.signal });
      if (response.status >= 500 || response.status === 429) {
        abort.abort();
        throw authErrors.provider_unreachable({ detail: `The provider answered ${response.status}.` });
      }
      const bytes = await readAtMost(response, maxBytes);
      if (bytes === null) {
        abort.abort();
        throw authErrors.provider_answer_invalid({ detail: `The provider answered over ${maxBytes} bytes.` });
      }
      const { status } = response;
      // These may have no body, not even an empty one (Fetch standard, "null body status").
      return new Response([204, 205, 304].includes(status) ? null : bytes, { status, headers: response.headers });
    } catch (cause) {
      // What `fetch` itself throws is a TypeError or the abort; what was thrown above goes on as it is.
      if (cause instanceof TypeError || abort.signal.aborted) throw asOurs(cause);
      throw cause;
    } finally {
      clearTimeout(timer);
    }
  };
}

function asOurs(cause: unknown): unknown {
  const isFetchs = cause instanceof TypeError || (cause instanceof DOMException && cause.name === "AbortError");
  return isFetchs ? authErrors.provider_unreachable({ cause }) : cause;
}

async function readAtMost(response: Response, limit: number): Promise<Buffer<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
