/** What becomes of the demo account when its password is not the one beside the data. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { demoAccount } from "../src/demo.ts";
import { startServer } from "./server.ts";

forEachDatabase("the demo account", (open) => {
  test("is made once, and not shown where its password is another one: the server starts all the same", async () => {
    const { service, dataDirectory } = await startServer({ databaseUrl: (await open()).url });
    const shown = await demoAccount(service.auth, dataDirectory);
    expect(shown).toMatchObject({ email: "demo@example.com" });
    expect(await demoAccount(service.auth, dataDirectory)).toEqual(shown);

    // A data folder of its own, as when the old one was thrown away and the database was not.
    const folder = await mkdtemp(join(tmpdir(), "revops-demo-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    expect(await demoAccount(service.auth, folder)).toBeUndefined();
  });
});
