/** A request as it is seen here, whether Express has seen it before or not. */
import type { IncomingMessage } from "node:http";
import proxyAddress from "proxy-addr";

/** What is used of an Express request; {@link asSeen} makes the same of one of Node's. */
export interface ApiRequest extends IncomingMessage {
  /** The client's, as far as `trust proxy` lets a proxy name it. */
  readonly ip?: string | undefined;
  /** As it was asked for, whole. */
  readonly originalUrl: string;
  /** What the routes' paths are below. */
  readonly baseUrl: string;
  readonly url: string;
  readonly method: string;
}

/** Which proxies may name the client's address: Express' `trust proxy fn`. */
export type TrustProxy = (address: string, hops: number) => boolean;

/**
 * Makes of Node's request what Express would. It gives each request and answer another prototype, which costs as much as
 * the rest of its way to a route: whatever is read of them is looked up anew from then on.
 */
export function asSeen(request: IncomingMessage, baseUrl: string, trust: TrustProxy): ApiRequest {
  const { url = "" } = request;
  return Object.assign(request, { ip: proxyAddress(request, trust), originalUrl: url, baseUrl }) as ApiRequest;
}
