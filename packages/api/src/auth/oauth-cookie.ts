/** The cookie that binds a sign-in to the browser that began it. It is sent to the callback, and nowhere else. */
import type { BegunSignIn } from "@revops/auth";
import type { Request, Response } from "express";

const nameFor = (provider: string) => `revops_oauth_${provider}`;

export function setBrowserSecret(response: Response, provider: string, begun: BegunSignIn, now: Date): void {
  const { protocol, pathname } = new URL(begun.callbackUrl);
  response.cookie(nameFor(provider), begun.browserSecret, {
    httpOnly: true,
    // The browser comes back by a link from another site, which Strict would send without it.
    sameSite: "lax",
    secure: protocol === "https:",
    path: pathname,
    maxAge: begun.expiresAt.getTime() - now.getTime(),
  });
}

/** RFC 6265 §4.2; undefined when there is none, or no one. */
export function browserSecretOf(request: Request, provider: string): string | undefined {
  const start = `${nameFor(provider)}=`;
  const found = (request.headers.cookie ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(start));
  return found.length === 1 ? found[0]?.slice(start.length) : undefined;
}
