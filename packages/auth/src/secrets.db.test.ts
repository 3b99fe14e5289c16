import type { Logger } from "@revops/core";
import { dumpOf, tracesOf } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { createInbox } from "../test/inbox.ts";
import { openAuth, password, secret } from "../test/open-auth.ts";

forEachDatabase("a stolen database", (open) => {
  test("holds no password, key or token, nor eight characters of one; and neither does the log", async () => {
    const logged: unknown[] = [];
    const log = (...line: unknown[]) => void logged.push(line);
    const logger: Logger = { debug: log, info: log, warn: log, error: log };
    const inbox = createInbox();
    const { auth, url } = await openAuth(open, { logger, mail: inbox });
    auth.start();

    const user = await auth.users.register({ email: "ada@example.com", password });
    const first = await auth.sessions.login({ email: user.email, password });
    const second = await auth.sessions.refresh(first.refreshToken);
    const made = await auth.apiKeys.create({ subjectId: user.id, name: "ci" });
    const rotated = await auth.apiKeys.rotate({ subjectId: user.id, keyId: made.id, overlapSeconds: 60 });
    for (const { key } of [made, rotated]) await auth.authenticate({ apiKey: key });
    await auth.authenticate({ bearer: second.accessToken });
    await expect(auth.sessions.refresh(first.refreshToken)).rejects.toThrow();
    await expect(auth.sessions.login({ email: user.email, password: `${password}!` })).rejects.toThrow();
    const code = await inbox.codeFor(user.email, /^Verify/);
    const organization = await auth.organizations.create({ userId: user.id, name: "Analytical Engines" });
    const asked = { organizationId: organization.id, actorId: user.id };
    await auth.organizations.invitations.create({ ...asked, email: "bob@example.com" });
    const invitation = await inbox.codeFor("bob@example.com", /^Join/);
    await auth.stop();

    const everything = (await dumpOf(url)) + JSON.stringify(logged);
    // That it is a dump at all: what may be in it is.
    for (const known of [user.id, "ada@example.com", made.id, rotated.last4]) expect(everything).toContain(known);
    expect(everything).toContain("$argon2id$");

    const secrets = [
      secret,
      password,
      ...[first, second].flatMap(({ refreshToken, accessToken }) => [
        refreshToken.slice("rvf_".length),
        // The header is the same for all and no secret; the claims repeat the e-mail in another alphabet.
        accessToken.split(".")[2] ?? "",
      ]),
      code.slice("rvc_".length),
      invitation.slice("rvc_".length),
      ...[made, rotated].map(({ key, prefix }) => key.slice(prefix.length + 1)),
    ];
    for (const each of secrets) {
      expect(each.length).toBeGreaterThan(16);
      expect(tracesOf(everything, [each])).toEqual([]);
    }
  });
});
