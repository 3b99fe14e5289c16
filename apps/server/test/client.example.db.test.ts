import { createRevopsClient, isProblem, paginate, unwrap } from "@revops/client";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { startServer } from "./server.ts";

forEachDatabase("@revops/client", (open) => {
  test("the example of its README", async () => {
    const { url: baseUrl } = await startServer({ databaseUrl: (await open()).url });

    const anonymous = createRevopsClient({ baseUrl });
    const account = { email: "ada@example.com", password: "correct horse battery" };
    const session = unwrap(await anonymous.POST("/auth/register", { body: account }));
    const revops = createRevopsClient({ baseUrl, credential: session });

    const { key } = unwrap(await revops.POST("/auth/keys", { body: { name: "ci" } }));
    const { error } = await revops.PUT("/billing/subscription", { body: { tier: "pro" } });
    const missing = error?.code === "payment_required" ? error.detail : null; // "Attach a payment method first."

    const names: string[] = [];
    for await (const { name } of paginate((query) => revops.GET("/auth/keys", { params: { query } }))) names.push(name);
    const stranger = createRevopsClient({ baseUrl, credential: { apiKey: `${key}x` } });
    const refused = stranger.GET("/auth/me").then(unwrap);
    await refused.catch((problem) => isProblem(problem, "invalid_api_key") || Promise.reject(problem));

    expect([names, error?.status, missing]).toEqual([["ci"], 402, "Attach a payment method first."]);
  });
});
