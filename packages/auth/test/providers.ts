/** Real HTTP doubles of GitHub and Google, and a browser that signs in there. */
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createEmulator } from "emulate";
import { onTestFinished } from "vitest";
import type { BegunSignIn, OAuthOptions } from "../src/index.ts";

export const client = { clientId: "client-of-the-tests", clientSecret: "secret-of-the-tests" };
export const callbackUrl = (provider: string) => `http://127.0.0.1:1/auth/oauth/${provider}/callback`;
export const redirectTo = "https://app.example.com/signed-in";

export interface SeededPerson {
  readonly email: string;
  readonly verified?: boolean;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Until the test is finished; answers its address. */
export async function startGoogle(people: readonly SeededPerson[]): Promise<string> {
  const registered = { client_id: client.clientId, client_secret: client.clientSecret, name: "tests" };
  const users = people.map(({ email, verified = true }) => ({ email, name: "Ada Lovelace", email_verified: verified }));
  const google = await createEmulator({
    service: "google",
    port: await freePort(),
    seed: { google: { users, oauth_clients: [{ ...registered, redirect_uris: [callbackUrl("google")] }] } },
  });
  onTestFinished(() => google.close());
  return google.url;
}

export async function startGitHub(people: readonly { login: string; email?: string }[]): Promise<string> {
  const registered = { client_id: client.clientId, client_secret: client.clientSecret, name: "tests" };
  const github = await createEmulator({
    service: "github",
    port: await freePort(),
    seed: { github: { users: people, oauth_apps: [{ ...registered, redirect_uris: [callbackUrl("github")] }] } },
  });
  onTestFinished(() => github.close());
  return github.url;
}

/** A provider that answers as the test says. */
export async function startProvider(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export const oauthOf = (providers: OAuthOptions["providers"], more: Partial<OAuthOptions> = {}) => ({
  oauth: { providers, callbackUrl, redirectUrls: [redirectTo], ...more },
});

/** Signs in at the provider's page as one of its people; answers what the browser comes back with. */
export async function signInAt({ url }: Pick<BegunSignIn, "url">, who: string): Promise<Record<string, string>> {
  const page = await (await fetch(url)).text();
  const forms = page.match(/<form[\s\S]*?<\/form>/g) ?? [];
  for (const form of forms) {
    const fields = new URLSearchParams();
    for (const [, name = "", value = ""] of form.matchAll(/name="(\w+)" value="([^"]*)"/g)) {
      fields.set(name, value.replaceAll("&amp;", "&"));
    }
    if ((fields.get("email") ?? fields.get("login")) !== who) continue;
    const action = new URL(/action="([^"]*)"/.exec(form)?.[1] ?? "", url);
    const back = await fetch(action, { method: "POST", body: fields, redirect: "manual" });
    return Object.fromEntries(new URL(back.headers.get("location") ?? "").searchParams);
  }
  throw new Error(`The provider knows no ${who}: ${page.slice(-1_500)}`);
}
