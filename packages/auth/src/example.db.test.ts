import { atLeast, authMigrations, createAuth, hasScope } from "@revops/auth";
import { migrate, openDatabase } from "@revops/database";
import { expect, test } from "vitest";

test("the example of the README", async () => {
  const database = openDatabase({ url: ":memory:" });
  await migrate(database, [authMigrations]);
  const auth = createAuth({ database, tokens: { secret: "at least 32 bytes, from your settings" } });

  const user = await auth.users.register({ email: "Ada@example.com", password: "correct horse battery" });
  const { accessToken, refreshToken } = await auth.sessions.open(user);
  const { key } = await auth.apiKeys.create({ subjectId: user.id, name: "ci", scopes: ["billing:read"] });

  const principal = await auth.authenticate({ bearer: accessToken }); // or { apiKey: key }
  expect(principal).toMatchObject({ userId: user.id, email: "ada@example.com", role: "user" });
  expect(hasScope(await auth.authenticate({ apiKey: key }), "billing:write")).toBe(false);
  expect(atLeast("enterprise", "pro")).toBe(true);

  await auth.sessions.refresh(refreshToken);
  await expect(auth.sessions.refresh(refreshToken)).rejects.toMatchObject({ code: "token_reused" });
  await database.close();
});
