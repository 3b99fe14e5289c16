/** One request to a customer's endpoint. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { addressOfHost, isPublicAddress, PrivateAddressError, publicLookup } from "./addresses.ts";

/** What became of a try. */
export interface PostResult {
  /** Null when no answer came. */
  readonly status: number | null;
  /** Why it failed, in one word; null for an answer of 2xx. */
  readonly error: PostError | null;
  readonly durationMs: number;
}

/** `redirected`: an answer that points elsewhere is not followed, since it would lead past the check of the address. */
type PostError = "refused" | "redirected" | "timeout" | "unreachable" | "private_address" | "secret_lost";

export type Post = (url: string, headers: Readonly<Record<string, string>>, body: string) => Promise<PostResult>;

/** As Standard Webhooks recommends: long enough for work, short enough to notice that a receiver hangs. */
const timeoutMs = 15_000;

/** @param allowPrivate whether addresses outside of the public internet may be asked */
export function createPost({ allowPrivate }: { readonly allowPrivate: boolean }): Post {
  return (url, headers, body) =>
    new Promise((resolve) => {
      const startedAt = performance.now();
      const end = (status: number | null, error: PostError | null) => {
        clearTimeout(timer);
        resolve({ status, error, durationMs: Math.round(performance.now() - startedAt) });
      };
      // No name, so nothing is looked up: it may have been taken while private ones were allowed.
      const address = addressOfHost(new URL(url).hostname);
      if (!allowPrivate && address !== null && !isPublicAddress(address)) {
        resolve({ status: null, error: "private_address", durationMs: 0 });
        return;
      }
      const send = url.startsWith("https:") ? httpsRequest : httpRequest;
      const sent = send(url, {
        method: "POST",
        // A connection of its own: an old one could have been opened to what a name meant before.
        agent: false,
        headers: { ...headers, "content-length": Buffer.byteLength(body), connection: "close" },
        ...(allowPrivate ? {} : { lookup: publicLookup }),
      });
      // One bound on all of it, name and handshake included; a socket's own time-out starts again with each byte.
      const timer = setTimeout(() => {
        end(null, "timeout");
        sent.destroy();
      }, timeoutMs);
      sent.once("response", (response) => {
        const { statusCode: status = 0 } = response;
        // The status is the whole answer: a body of any size is not waited for.
        response.destroy();
        end(status, status >= 200 && status < 300 ? null : status >= 300 && status < 400 ? "redirected" : "refused");
      });
      sent.once("error", (error) =>
        end(null, error instanceof PrivateAddressError ? "private_address" : "unreachable"),
      );
      sent.end(body);
    });
}
