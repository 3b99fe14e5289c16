import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { systemClock } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { openAuth, register } from "../../test/open-auth.ts";

const script = join(import.meta.dirname, "..", "..", "test", "other-process.ts");

/** Starts another process; `says` waits until it has said the line. */
function start(url: string, credentials: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, ["--conditions=source", script, url, ...credentials], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said: string[] = [];
  if (!child.stdout) throw new Error("The process has no output.");
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => said.push(line));
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  onTestFinished(end);
  return {
    end,
    said,
    async says(...expected: string[]) {
      while (!expected.every((line) => said.includes(line))) await once(lines, "line");
    },
  };
}

forEachDatabase("another process", (open) => {
  test("refuses what was revoked here within a second, and still does after a restart", async () => {
    const opened = await openAuth(open, { clock: systemClock });
    const { auth } = opened;
    const user = await register(auth);
    const ended = await auth.sessions.open(user);
    const kept = await auth.sessions.open(user);
    const { key, id: keyId } = await auth.apiKeys.create({ subjectId: user.id, name: "ci" });
    const bob = await register(auth, "bob@example.com");
    const { id: organizationId } = await auth.organizations.create({ userId: bob.id, name: "Engines" });
    const asked = { organizationId, actorId: bob.id };
    const { id: invitationId } = await auth.organizations.invitations.create({ ...asked, email: user.email });
    await opened.database.rows(sql`update auth_users set email_verified = ${true} where id = ${user.id}`);
    await auth.organizations.invitations.accept({ userId: user.id, invitationId });
    const chosen = `${kept.accessToken}@${organizationId}`;
    const credentials = [ended.accessToken, key, kept.accessToken, chosen];
    const other = start(opened.url, credentials);
    await other.says("0 good", "1 good", "2 good", "3 good");

    const { credential } = await auth.authenticate({ bearer: ended.accessToken });
    if (credential.kind !== "session") throw new Error("A token is a session's.");
    const started = performance.now();
    await auth.sessions.end({ userId: user.id, sessionId: credential.sessionId });
    await auth.apiKeys.revoke({ subjectId: user.id, keyId });
    await auth.organizations.members.remove({ ...asked, userId: user.id });
    await other.says("0 refused", "1 refused", "3 refused");
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(other.said).not.toContain("2 refused");
    await other.end();

    const restarted = start(opened.url, credentials);
    await restarted.says("0 refused", "1 refused", "2 good", "3 refused");
    expect(restarted.said).toHaveLength(4);
  }, 60_000);
});
