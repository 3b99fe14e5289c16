/** GitHub and Google as the `emulate` package plays them, and a browser that signs in there. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createEmulator } from "emulate";
import { onTestFinished } from "vitest";

const client = { id: "client-of-the-tests", secret: "client-secret-of-the-tests" };

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  // A server that listens on TCP has an address with a port.
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

/** Until the test is finished; answers its address. The one person there is `ada`. */
export async function startGitHub(email: string): Promise<string> {
  const users = [{ login: "ada", name: "Ada Lovelace", email }];
  const github = await createEmulator({ service: "github", port: await freePort(), seed: { github: { users } } });
  onTestFinished(() => github.close());
  return github.url;
}

export async function startGoogle(...emails: string[]): Promise<string> {
  const users = emails.map((email) => ({ email, name: "Ada Lovelace", email_verified: true }));
  const google = await createEmulator({ service: "google", port: await freePort(), seed: { google: { users } } });
  onTestFinished(() => google.close());
  return google.url;
}

export const githubSettings = (url: string) => ({
  OAUTH_GITHUB_CLIENT_ID: client.id,
  OAUTH_GITHUB_CLIENT_SECRET: client.secret,
  OAUTH_GITHUB_BASE_URL: url,
  OAUTH_GITHUB_API_URL: url,
});

/** Google by its own name, and as any provider of OpenID Connect by another. */
export const oidcSettings = (name: string, issuer: string) => ({
  [`OAUTH_${name}_CLIENT_ID`]: client.id,
  [`OAUTH_${name}_CLIENT_SECRET`]: client.secret,
  [`OAUTH_${name}_ISSUER`]: issuer,
});

/** What the form of GitHub's page sends for Ada; answers where the browser is sent back to. */
export const signInAtGitHub = (url: string) => signIn(url, "/login/oauth/callback", { login: "ada" });

/** The same for someone of Google's. */
export const signInAtGoogle = (url: string, email: string) => signIn(url, "/o/oauth2/v2/auth/callback", { email });

async function signIn(url: string, path: string, who: Record<string, string>): Promise<string> {
  const { searchParams, origin } = new URL(url);
  // The page's form carries on what the browser came with.
  const body = new URLSearchParams({ ...Object.fromEntries(searchParams), ...who });
  const back = await fetch(origin + path, { method: "POST", body, redirect: "manual" });
  return back.headers.get("location") ?? "";
}
