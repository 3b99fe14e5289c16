/** A request under way. */
import type { ServerResponse } from "node:http";

/** What is known of a request while it runs; whoever learns something adds it, and the access log tells it. */
export interface RequestNotes {
  /** The client's, as far as `trust proxy` lets a proxy name it. */
  readonly address: string | undefined;
  readonly requestId: string;
  /** The declared path: `/auth/keys/:id`. */
  route?: string;
  /** Where a tracer runs. */
  traceId?: string;
  subjectId?: string;
  /** The id of the key or session, never its text. */
  credential?: string;
  /** The code of the problem that was answered. */
  code?: string;
  /** What went wrong on our side. */
  err?: unknown;
}

export interface Exchange {
  readonly notes: RequestNotes;
  /**
   * Header fields that the answer will have, as `writeHead` takes them: name, value, name, value. Written all at once, they
   * cost a fifth of what setting each on the response does.
   */
  readonly head: string[];
}

/** Sets the fields on the response, for whoever writes to it without us. */
export function setHead(response: ServerResponse, head: readonly string[]): void {
  for (let n = 0; n < head.length; n += 2) response.setHeader(head[n] ?? "", head[n + 1] ?? "");
}
