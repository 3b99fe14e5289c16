import { authMigrations, createAuth, type Mail } from "@revops/auth";
import { migrate, openDatabase } from "@revops/database";
import { expect, test } from "vitest";

test("the example of the README for organizations", async () => {
  const database = openDatabase({ url: ":memory:" });
  await migrate(database, [authMigrations]);
  const letters: Mail[] = [];
  const auth = createAuth({
    database,
    tokens: { secret: "at least 32 bytes, from your settings" },
    mail: { send: async (mail) => void letters.push(mail) },
  });
  const password = "correct horse battery";
  const ada = await auth.users.register({ email: "ada@example.com", password });
  const bob = await auth.users.register({ email: "bob@example.com", password });
  const { accessToken } = await auth.sessions.open(ada);
  const codeFor = async (subject: RegExp) => {
    await expect.poll(() => letters.some((letter) => subject.test(letter.subject))).toBe(true);
    return /rvc_\S+/.exec(letters.find((letter) => subject.test(letter.subject))?.text ?? "")?.[0] ?? "";
  };

  const engines = await auth.organizations.create({ userId: ada.id, name: "Analytical Engines" });
  const asked = { organizationId: engines.id, actorId: ada.id };
  await auth.organizations.invitations.create({ ...asked, email: "bob@example.com", role: "admin" });
  const code = await codeFor(/^Join/);
  // Bob registers, and brings the code of the letter:
  await auth.organizations.invitations.accept({ userId: bob.id, code });

  const { key } = await auth.apiKeys.create({ subjectId: engines.id, actorId: bob.id, name: "ci" });
  const byKey = await auth.authenticate({ apiKey: key });
  const bySession = await auth.authenticate({ bearer: accessToken, organization: engines.id }); // `X-Organization`
  expect(byKey).toMatchObject({ subjectId: engines.id, userId: bob.id, organization: { role: "admin" } });
  expect(bySession).toMatchObject({ subjectId: engines.id, userId: ada.id, organization: { role: "owner" } });
  await auth.stop();
  await database.close();
});
