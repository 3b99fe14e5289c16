import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openAuth, password, register } from "../../test/open-auth.ts";
import type { Auth } from "../index.ts";

const origin = { address: "192.0.2.1" };
const wrong = "wrong horse battery";

/** The code of a log-in that fails, and the seconds it says to wait. */
async function fail(auth: Auth, email: string, given = wrong, from = origin) {
  const error = await auth.sessions.login({ email, password: given, origin: from }).catch((error: unknown) => error);
  const { code, fields } = error as { code: string; fields: { retryAfter?: number } };
  return fields.retryAfter === undefined ? code : `${code} ${fields.retryAfter}`;
}

forEachDatabase("guessing passwords", (open) => {
  test("pauses after ten tries, known account or not, and then for longer and longer", async () => {
    const { auth, clock } = await openAuth(open);
    await register(auth);
    const emails = ["ada@example.com", "nobody@example.com", "no address"];
    for (let tried = 1; tried <= 10; tried++)
      for (const email of emails) expect(await fail(auth, email)).toBe("invalid_credentials");
    for (const seconds of [1, 2, 4]) {
      for (const email of emails) expect(await fail(auth, email)).toBe(`too_many_attempts ${seconds}`);
      expect(await fail(auth, "ada@example.com", password)).toBe(`too_many_attempts ${seconds}`);
      clock.advance(seconds * 1_000);
      for (const email of emails) expect(await fail(auth, email)).toBe("invalid_credentials");
    }
    clock.advance(8_000);
    await auth.sessions.login({ email: "ADA@example.com", password, origin });
    expect(await fail(auth, "ada@example.com")).toBe("invalid_credentials");
    expect(await fail(auth, "ada@example.com")).toBe("invalid_credentials");
    expect(await fail(auth, "nobody@example.com")).toBe("invalid_credentials");
    expect(await fail(auth, "nobody@example.com")).toBe("too_many_attempts 16");
    clock.advance((16 + 15 * 60) * 1_000);
    await auth.sweep();
    for (let tried = 1; tried <= 10; tried++)
      expect(await fail(auth, "nobody@example.com")).toBe("invalid_credentials");
  });

  test("forty tries at once on two instances give away ten, and the right one among them nothing", async () => {
    const { auth, another } = await openAuth(open);
    await register(auth);
    const other = another();
    const guesses = Array.from({ length: 40 }, (_, i) => (i === 39 ? password : `${wrong} ${i}`));
    const answers = await Promise.all(guesses.map((guess, i) => fail(i % 2 ? auth : other, "ada@example.com", guess)));
    expect(answers.filter((answer) => answer === "invalid_credentials")).toHaveLength(10);
    expect(answers.filter((answer) => answer.startsWith("too_many_attempts"))).toHaveLength(30);
  });

  test("of one network, over many accounts, costs the network a pause and its neighbours nothing", async () => {
    const { auth, clock } = await openAuth(open, { attemptLimits: { perNetwork: 4 } });
    await register(auth);
    const from = (address: string) => ({ address });
    for (let host = 1; host <= 4; host++)
      expect(await fail(auth, `user${host}@example.com`, wrong, from(`2001:db8::${host}`))).toBe("invalid_credentials");
    expect(await fail(auth, "ada@example.com", password, from("2001:db8::5"))).toBe("too_many_attempts 1");
    await auth.sessions.login({ email: "ada@example.com", password, origin: from("2001:db8:0:1::5") });
    await auth.sessions.login({ email: "ada@example.com", password });
    clock.advance(1_000);
    await auth.sessions.login({ email: "ada@example.com", password, origin: from("2001:db8::5") });
  });

  test("hundreds of log-ins that succeed cost nothing, at once too", async () => {
    const { auth } = await openAuth(open, { attemptLimits: { perAccount: 1, perNetwork: 1 } });
    await register(auth);
    const login = () => auth.sessions.login({ email: "ada@example.com", password, origin });
    expect(new Set((await Promise.all(Array.from({ length: 30 }, login))).map(({ user }) => user.email)).size).toBe(1);
  });
});
