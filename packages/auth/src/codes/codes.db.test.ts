import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { openAuth, password, register } from "../../test/open-auth.ts";

const code = (code: string) => expect.objectContaining({ code });
const newPassword = "incorrect zebra capacitor";
const ada = "ada@example.com";

async function openWithMail(open: Parameters<typeof openAuth>[0]) {
  const inbox = createInbox();
  const opened = await openAuth(open, { mail: inbox });
  const user = await register(opened.auth);
  const verification = await inbox.codeFor(ada, /^Verify/);
  return { ...opened, inbox, user, verification };
}

forEachDatabase("codes by letter", (open) => {
  test("verify the address they were sent to, once", async () => {
    const { auth, user, verification } = await openWithMail(open);
    expect(user.emailVerified).toBe(false);
    await auth.emails.verify({ code: verification });
    expect((await auth.users.get(user.id)).emailVerified).toBe(true);
    await expect(auth.emails.verify({ code: verification })).rejects.toEqual(code("invalid_code"));
  });

  test("reset a password: all sessions end, the pause of a guessed account too, the old password is nothing", async () => {
    const { auth, inbox, user } = await openWithMail(open);
    const session = await auth.sessions.open(user);
    for (let tried = 0; tried < 10; tried++)
      await auth.sessions.login({ email: ada, password: "wrong" }).catch(() => {});
    await auth.passwords.forgot({ email: " ADA@example.com" });
    const first = await inbox.codeFor(ada, /^Reset/);
    await auth.passwords.forgot({ email: ada });
    const second = await inbox.codeFor(ada, /^Reset/);
    await expect(auth.passwords.reset({ code: first, newPassword: "password" })).rejects.toEqual(code("weak_password"));
    await auth.passwords.reset({ code: first, newPassword });
    await expect(auth.authenticate({ bearer: session.accessToken })).rejects.toEqual(code("token_revoked"));
    for (const used of [first, second])
      await expect(auth.passwords.reset({ code: used, newPassword })).rejects.toEqual(code("invalid_code"));
    await expect(auth.sessions.login({ email: ada, password })).rejects.toEqual(code("invalid_credentials"));
    expect((await auth.sessions.login({ email: ada, password: newPassword })).user.emailVerified).toBe(true);
    await auth.stop();
    expect(inbox.letters).toMatchObject([{ to: ada, subject: "Your password was changed" }]);
  });

  test("of one purpose are nothing for another, nor are made-up ones, nor after an hour", async () => {
    const { auth, inbox, clock, verification } = await openWithMail(open);
    await auth.passwords.forgot({ email: ada });
    const reset = await inbox.codeFor(ada, /^Reset/);
    const uses = {
      verify: (code: string) => auth.emails.verify({ code }),
      reset: (code: string) => auth.passwords.reset({ code, newPassword }),
      confirm: (code: string) => auth.emails.confirmChange({ code }),
    };
    for (const made of ["", "rvc_", `rvc_${"A".repeat(43)}`, "x".repeat(100_000), `${reset} `])
      for (const use of Object.values(uses)) await expect(use(made)).rejects.toEqual(code("invalid_code"));
    for (const use of [uses.verify, uses.confirm]) await expect(use(reset)).rejects.toEqual(code("invalid_code"));
    for (const use of [uses.reset, uses.confirm]) await expect(use(verification)).rejects.toEqual(code("invalid_code"));
    clock.advance(60 * 60 * 1_000);
    await expect(uses.reset(reset)).rejects.toEqual(code("invalid_code"));
    await auth.sweep();
    await expect(uses.verify(verification)).rejects.toEqual(code("invalid_code"));
  });

  test("used twenty times at once on two instances work once", async () => {
    const { auth, another, inbox } = await openWithMail(open);
    await auth.passwords.forgot({ email: ada });
    const reset = await inbox.codeFor(ada, /^Reset/);
    const other = another();
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 ? auth : other).passwords.reset({ code: reset, newPassword: `${newPassword} ${i}` }),
      ),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results) if (result.status === "rejected") expect(result.reason).toEqual(code("invalid_code"));
  });

  test("go to nobody who has no account, and fill nobody's mailbox", async () => {
    const { auth, inbox } = await openWithMail(open);
    for (const email of ["nobody@example.com", "no address"]) await auth.passwords.forgot({ email });
    for (let asked = 0; asked < 20; asked++) await auth.passwords.forgot({ email: ada });
    await auth.stop();
    expect(inbox.letters.map(({ to }) => to)).toEqual(Array(5).fill(ada));
  });

  test("change an address only when it is read, and make what the old one got worthless", async () => {
    const { auth, inbox, user, verification } = await openWithMail(open);
    const change = (email: string, given = password) =>
      auth.emails.requestChange({ userId: user.id, email, password: given });
    await expect(change("new@example.com", "wrong horse")).rejects.toEqual(code("invalid_credentials"));
    await expect(change("no address")).rejects.toEqual(code("invalid_email"));
    await change("New@example.com");
    const changing = await inbox.codeFor("new@example.com", /^Confirm/);
    expect((await auth.users.get(user.id)).email).toBe(ada);
    const { accessToken } = await auth.sessions.open(user);
    await auth.authenticate({ bearer: accessToken });
    const changed = await auth.emails.confirmChange({ code: changing });
    expect(changed).toMatchObject({ id: user.id, email: "new@example.com", emailVerified: true });
    expect(await auth.authenticate({ bearer: accessToken })).toMatchObject({ email: "new@example.com" });
    await expect(auth.emails.verify({ code: verification })).rejects.toEqual(code("invalid_code"));
    await auth.sessions.login({ email: "new@example.com", password });
    await auth.stop();
    expect(inbox.letters).toMatchObject([{ to: ada, subject: "Your e-mail address was changed" }]);
  });

  test("do not give away an address that somebody has", async () => {
    const { auth, inbox, user } = await openWithMail(open);
    await register(auth, "bob@example.com");
    await auth.emails.requestChange({ userId: user.id, email: "bob@example.com", password });
    const taken = await inbox.codeFor("bob@example.com", /^Confirm/);
    await expect(auth.emails.confirmChange({ code: taken })).rejects.toEqual(code("user_already_exists"));
    expect((await auth.users.get(user.id)).email).toBe(ada);
  });
});
