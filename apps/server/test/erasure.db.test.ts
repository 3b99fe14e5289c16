/** What erasing an account brings about in the other packages. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { client, eventually } from "./client.ts";
import { startServer } from "./server.ts";

forEachDatabase("erasing an account", (open) => {
  test("ends its subscription at Stripe, and its purchases still add up", { timeout: 60_000 }, async () => {
    const { url, service } = await startServer({ databaseUrl: (await open()).url });
    const credentials = { email: "ada@example.com", password: "correct horse battery" };
    const { user, accessToken } = await client(url).post("/auth/register", credentials, 201);
    const ada = client(url, { authorization: `Bearer ${accessToken}` });
    await ada.put("/billing/subscription", { tier: "pro", paymentMethodId: "pm_card_visa" }, 200);
    const subscription = () => service.payments.subscriptions.get(user.id);
    expect(await subscription()).toMatchObject({ tier: "pro", status: "active" });
    await ada.delete("/auth/me", 204);
    await eventually(async () => expect(await subscription()).toBeNull());
    expect((await service.payments.invoices.list(user.id, { limit: 10 })).data).toHaveLength(1);
  });
});
