/** What the typed client promises, against the real server. */
import { createRevopsClient, isProblem, paginate, RevopsProblem, type SessionTokens, unwrap } from "@revops/client";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { startServer } from "./server.ts";

const account = { email: "ada@example.com", password: "correct horse battery" };

forEachDatabase("the typed client", (open) => {
  async function setUp() {
    const server = await startServer({ databaseUrl: (await open()).url });
    const anonymous = createRevopsClient({ baseUrl: server.url });
    const session = unwrap(await anonymous.POST("/auth/register", { body: account }));
    return { server, anonymous, session };
  }

  test("an access token that ended is renewed once for 20 calls at once", async () => {
    const { server, session } = await setUp();
    const renewed: SessionTokens[] = [];
    const credential = { ...session, onRefresh: (tokens: SessionTokens) => void renewed.push(tokens) };
    const revops = createRevopsClient({ baseUrl: server.url, credential });
    await server.advance(session.expiresIn + 60);
    const answers = await Promise.all(Array.from({ length: 20 }, () => revops.GET("/auth/me").then(unwrap)));
    expect(new Set(answers.map(({ email }) => email))).toEqual(new Set([account.email]));
    expect(renewed).toHaveLength(1);
    // The session lives: no refresh token was used twice.
    await server.advance(session.expiresIn + 60);
    expect(unwrap(await revops.GET("/auth/me")).email).toBe(account.email);
    expect(renewed).toHaveLength(2);
  });

  test("an answer that is lost on its way is asked for again, and the work was done once", async () => {
    const { server, session } = await setUp();
    let lost = 0;
    const revops = createRevopsClient({
      baseUrl: server.url,
      credential: session,
      async fetch(request) {
        const response = await fetch(request);
        if (request.method === "POST" && lost++ === 0) throw new TypeError("The connection was lost.");
        return response;
      },
    });
    const { key, id } = unwrap(await revops.POST("/auth/keys", { body: { name: "once" } }));
    expect(lost).toBe(2);
    const keys = unwrap(await revops.GET("/auth/keys"));
    expect(keys.data.map((each) => each.id)).toEqual([id]);
    const withKey = createRevopsClient({ baseUrl: server.url, credential: { apiKey: key } });
    expect(unwrap(await withKey.GET("/auth/me")).email).toBe(account.email);
  });

  test("a problem is typed by its operation, and thrown with its code", async () => {
    const { server, session, anonymous } = await setUp();
    const revops = createRevopsClient({ baseUrl: server.url, credential: session });
    const { error } = await revops.PUT("/billing/subscription", { body: { tier: "pro" } });
    const code: "payment_required" | undefined = error?.code === "payment_required" ? error.code : undefined;
    expect(code).toBe("payment_required");
    // @ts-expect-error: no operation answers this code
    expect(error?.code === "no_such_code").toBe(false);
    const thrown = await anonymous
      .POST("/auth/login", { body: { ...account, password: "another password" } })
      .then(unwrap)
      .catch((problem: unknown) => problem);
    expect(thrown).toBeInstanceOf(RevopsProblem);
    expect(isProblem(thrown, "invalid_credentials") && thrown.requestId).toMatch(/^req_/);
    expect(isProblem(thrown, "token_expired")).toBe(false);
    // @ts-expect-error: a misspelt field does not compile, and the API refuses it too
    const misspelt = await anonymous.POST("/auth/login", { body: { email: account.email, pasword: "x" } });
    expect(misspelt.error?.code).toBe("validation_failed");
  });

  test("a list is paged through to its end, each item once", async () => {
    const { server, session } = await setUp();
    const revops = createRevopsClient({ baseUrl: server.url, credential: session });
    const made: string[] = [];
    for (let n = 0; n < 7; n++) made.push(unwrap(await revops.POST("/auth/keys", { body: { name: `key ${n}` } })).id);
    const seen: string[] = [];
    const pages = paginate((query) => revops.GET("/auth/keys", { params: { query: { ...query, limit: 3 } } }));
    for await (const { id } of pages) seen.push(id);
    expect(seen).toEqual(made.reverse());
  });
});
