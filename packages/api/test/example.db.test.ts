import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { apiMigrations, createApi } from "@revops/api";
import { type AuthFacts, authMigrations, createAuth } from "@revops/auth";
import { createFacts } from "@revops/core";
import { migrate, openDatabase, type Tx } from "@revops/database";
import { createJobs, jobsMigrations } from "@revops/jobs";
import { createMarketplace, fileArtifactStore, marketplaceMigrations } from "@revops/marketplace";
import { createPayments, paymentsMigrations } from "@revops/payments";
import { createSaas, saasMigrations } from "@revops/saas";
import { expect, test } from "vitest";

const secret = "at least 32 bytes, from your settings";
const migrations = [jobsMigrations, authMigrations, saasMigrations, paymentsMigrations, marketplaceMigrations];

test("the example of the README", async () => {
  const database = openDatabase({ url: ":memory:" });
  await migrate(database, [...migrations, apiMigrations]);
  const facts = createFacts<AuthFacts, Tx>();
  const saas = createSaas({ database });
  const auth = createAuth({ database, facts, tokens: { secret }, tierOf: saas.entitlements.tierOf });
  const stripe = { secretKey: "sk_test_yours", webhookSecret: "whsec_yours" };
  const payments = createPayments({ database, jobs: createJobs({ database }), stripe });
  const marketplace = createMarketplace({
    database,
    secret,
    artifacts: fileArtifactStore({ directory: tmpdir() }),
    charge: () => Promise.reject(new Error("Nothing is for sale here.")),
  });
  // Whoever owns and pays has an entitlement from the first day: people, and organizations.
  const openFor = async (tx: Tx, subjectId: string) => void (await saas.entitlements.open({ subjectId }, tx));
  facts.on("user.registered", (tx, { userId }) => openFor(tx, userId));
  facts.on("organization.created", (tx, { organizationId }) => openFor(tx, organizationId));

  const { app, document } = createApi({ database, auth, saas, payments, marketplace, secret, rateLimitPerMinute: 600 });
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "ada@example.com", password: "correct horse battery" }),
  });
  expect(await answer.json()).toMatchObject({ user: { email: "ada@example.com", tier: "free" }, tokenType: "Bearer" });
  expect(document.paths).toHaveProperty("/billing/subscription");

  server.closeAllConnections();
  server.close();
  await once(server, "close");
  await database.close();
});
