import type { Origin } from "@revops/auth";
import type { ApiRequest } from "../edge/request.ts";

/** More of a `User-Agent` than this is nobody's browser. */
const maxUserAgentLength = 500;

/** Where a request comes from. The address is the client's as far as `trust proxy` lets a proxy name it. */
export function originOf(request: ApiRequest, address = request.ip): Origin {
  const userAgent = request.headers["user-agent"]?.slice(0, maxUserAgentLength);
  return { ...(address === undefined ? {} : { address }), ...(userAgent === undefined ? {} : { userAgent }) };
}
