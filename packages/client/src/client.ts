/** The client: `openapi-fetch` over the types of the API, with credentials, retries and token refresh. */
import createFetchClient, { type Client, type Middleware } from "openapi-fetch";
import { idempotentOperations } from "./generated/operations.ts";
import type { paths } from "./generated/schema.ts";
import { unwrap } from "./problem.ts";
import { type RetryOptions, sendWithRetries } from "./retry.ts";
import { type ClientCredential, createSession } from "./session.ts";

export interface RevopsClientOptions {
  /** Where the server is: `https://api.example.com`. The API's base path is added, unless it ends with it. */
  readonly baseUrl: string;
  /** Where the API is mounted, when that is not `/api/v1`. */
  readonly basePath?: string | undefined;
  /** Who asks; left out for what needs nobody, such as signing in. */
  readonly credential?: ClientCredential | undefined;
  /** The organization to act for, of which the user of a session is a member. */
  readonly organization?: string | undefined;
  readonly retries?: Partial<RetryOptions> | undefined;
  /** Another `fetch` than the platform's. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/** `GET`, `POST`, `PUT`, `PATCH` and `DELETE`, typed by path. */
export type RevopsClient = Client<paths, `${string}/${string}`>;

const standardBasePath = "/api/v1";
const standardRetries: RetryOptions = { attempts: 3, maxWaitSeconds: 30 };

/**
 * Makes a client.
 *
 * - Reads, and calls that take an `Idempotency-Key`, are sent again after a lost answer, 429 and 502 to 504. The key is made
 *   for each call; give one of your own as a header to make a call safe across restarts of your program.
 * - An access token that ended is renewed, once for all calls that are under way, and the call is sent again.
 *
 * @example
 * const revops = createRevopsClient({ baseUrl: "http://127.0.0.1:3000", credential: { apiKey } });
 * const usage = unwrap(await revops.GET("/billing/usage"));
 */
export function createRevopsClient(options: RevopsClientOptions): RevopsClient {
  const { credential, organization } = options;
  const send = options.fetch ?? ((request: Request) => fetch(request));
  const retries = { ...standardRetries, ...options.retries };
  const address = addressOf(options);

  // Without a credential and without retries: a refresh token is good for one use.
  const anonymous = createFetchClient<paths>({ baseUrl: address, fetch: send });
  const session = createSession(credential, async (refreshToken) =>
    unwrap(await anonymous.POST("/auth/refresh", { body: { refreshToken } })),
  );

  const client = createFetchClient<paths>({
    baseUrl: address,
    async fetch(request) {
      if (organization !== undefined) request.headers.set("x-organization", organization);
      const attempt = async (from: Request) => {
        await session.identify(from.headers);
        return sendWithRetries(from, send, retries);
      };
      const again = request.clone();
      const response = await attempt(request);
      if (!(await session.renew(response, request.headers))) return response;
      await response.body?.cancel();
      return attempt(again);
    },
  });
  client.use(idempotencyKeys);
  return client;
}

function addressOf({ baseUrl, basePath = standardBasePath }: RevopsClientOptions): string {
  const withoutSlashes = (text: string) => text.replace(/^\/+|\/+$/g, "");
  const [server, path] = [baseUrl.replace(/\/+$/, ""), withoutSlashes(basePath)];
  return path === "" || server.endsWith(`/${path}`) ? server : `${server}/${path}`;
}

/** Gives each call that may be sent twice a name, so that it is done once. */
const idempotencyKeys: Middleware = {
  onRequest({ request, schemaPath }) {
    if (!idempotentOperations.has(`${request.method} ${schemaPath}`)) return undefined;
    if (request.headers.has("idempotency-key")) return undefined;
    request.headers.set("idempotency-key", crypto.randomUUID());
    return request;
  },
};
