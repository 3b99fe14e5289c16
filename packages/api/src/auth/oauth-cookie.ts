/** The cookie that binds a sign-in to the browser that began it. It is sent to the callback, and nowhere else. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { BegunSignIn } from "@revops/auth";
import { secondMs } from "@revops/core";

const nameFor = (provider: string) => `revops_oauth_${provider}`;

export function setBrowserSecret(response: ServerResponse, provider: string, begun: BegunSignIn, now: Date): void {
  const { protocol, pathname } = new URL(begun.callbackUrl);
  const seconds = Math.floor((begun.expiresAt.getTime() - now.getTime()) / secondMs);
  const attributes = [
    `${nameFor(provider)}=${encodeURIComponent(begun.browserSecret)}`,
    `Max-Age=${seconds}`,
    `Path=${pathname}`,
    "HttpOnly",
    ...(protocol === "https:" ? ["Secure"] : []),
    // The browser comes back by a link from another site, which Strict would send without it.
    "SameSite=Lax",
  ];
  response.appendHeader("Set-Cookie", attributes.join("; "));
}

/** RFC 6265 §4.2; undefined when there is none, or no one. */
export function browserSecretOf(request: IncomingMessage, provider: string): string | undefined {
  const start = `${nameFor(provider)}=`;
  const found = (request.headers.cookie ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(start));
  return found.length === 1 ? found[0]?.slice(start.length) : undefined;
}
