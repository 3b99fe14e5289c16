/** The examples of the document, each told to a running server: it answers what its example says. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { adminEmail, redirectTo, tellStory } from "./examples/story.ts";
import { createTeller, type Document } from "./examples/teller.ts";
import { githubSettings, startGitHub } from "./providers.ts";
import { startServer } from "./server.ts";

forEachDatabase("the examples of the document", (open) => {
  test("each is answered as it says, and there is one for every operation", { timeout: 120_000 }, async () => {
    const github = await startGitHub("ada@example.com");
    const server = await startServer({
      databaseUrl: (await open()).url,
      environment: {
        ...githubSettings(github),
        OAUTH_REDIRECT_URLS: redirectTo,
        ADMIN_EMAIL: adminEmail,
        MARKETPLACE_REVIEW: "true",
        WEBHOOK_PRIVATE_ADDRESSES: "true",
      },
    });
    const document = (await (await fetch(`${server.url}/api/v1/openapi.json`)).json()) as Document;
    const teller = createTeller(server.url, document);
    expect(await teller.refuseAll()).toBeGreaterThan(100);
    await tellStory(server, teller);
    // The document itself, which has just been read.
    expect(teller.untold()).toEqual(["get /openapi.json"]);
  });
});
