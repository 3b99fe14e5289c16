import { migrate } from "@revops/database";
import { createJobs, jobsMigrations } from "@revops/jobs";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { openAuth, password, register } from "../../test/open-auth.ts";
import { watchStatements } from "../../test/statements.ts";
import { createPasswordStore } from "./store.ts";

forEachDatabase("logging in", (open) => {
  test("tells nothing of whether an address is known", async () => {
    const { auth } = await openAuth(open);
    await register(auth);
    const failure = async (email: string, given: string) => {
      const error = await auth.sessions.login({ email, password: given }).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(Error);
      // All that an answer can be made of.
      return { ...(error as Error), message: (error as Error).message };
    };
    const known = await failure("ada@example.com", "wrong horse battery");
    expect(known).toMatchObject({ code: "invalid_credentials" });
    expect(await failure("eve@example.com", "wrong horse battery")).toEqual(known);
    expect(await failure("no address", "wrong horse battery")).toEqual(known);
    expect(await failure("ada@example.com", "")).toEqual(known);
    for (const impossible of ["x".repeat(1_000_000), "nul\u0000 horse", "\ud800 horse battery"]) {
      expect(await failure("ada@example.com", impossible)).toEqual(known);
      expect(await failure("eve@example.com", impossible)).toEqual(known);
    }
  });

  test("takes the address and the password in any spelling of the same text", async () => {
    const { auth } = await openAuth(open);
    const user = await auth.users.register({ email: "ada@example.com", password: "caf\u00e9 au lait" });
    const signedIn = await auth.sessions.login({ email: " ADA@Example.com", password: "cafe\u0301 au lait" });
    expect(signedIn.user).toEqual(user);
    await expect(auth.sessions.login({ email: "ada@example.com", password: "cafe au lait" })).rejects.toThrow();
    await expect(auth.sessions.login({ email: "ada@example.com", password: `${password} ` })).rejects.toThrow();
  });

  // Time itself cannot be asserted; what it is made of can: the same statements in the same order, with as many rows.
  test("runs the same statements for a known address as for an unknown one, tried for the first time, again, and in a pause", async () => {
    const { auth, database } = await openAuth(open, { attemptLimits: { perAccount: 3 } });
    await register(auth);
    const statements = await watchStatements(database);
    const refused = (email: string, given = "wrong horse battery") =>
      statements.of(async () => {
        const login = auth.sessions.login({ email, password: given, origin: { address: "192.0.2.1" } });
        await expect(login).rejects.toThrow();
      });
    // Before anything is compared, the network has a row and the plans are made.
    await refused("eve@example.com");
    for (let tried = 1; tried <= 5; tried++) {
      const known = await refused("ada@example.com");
      expect(known.length).toBeGreaterThan(4);
      expect(await refused("nobody@example.com")).toEqual(known);
    }
    expect(await refused("nobody@example.com", password)).toEqual(await refused("ada@example.com", password));
  });

  // For an address that nobody has, the hash of somebody is read as well: it must open nothing.
  test("lets nobody in by somebody else's password", async () => {
    const { auth } = await openAuth(open);
    await register(auth);
    const login = auth.sessions.login({ email: "nobody@example.com", password });
    await expect(login).rejects.toMatchObject({ code: "invalid_credentials" });
  });

  // A hash that was made when less work was asked for is checked with less, until its owner comes back.
  test("checks an address that nobody has against the hash of whoever is next, so that old hashes tell nothing", async () => {
    const { auth, database } = await openAuth(open);
    const store = createPasswordStore(database);
    expect(await store.findByEmail(database, "ada@example.com")).toEqual({ userId: null, hash: null });
    const hashes = new Map<string, string>();
    for (const name of ["ada", "grace"]) {
      const { id } = await register(auth, `${name}@example.com`);
      const hash = `$argon2id$v=19$m=4096,t=1,p=1$of ${name}`;
      await database.transaction((tx) => store.set(tx, id, hash, new Date(0)));
      expect(await store.findByEmail(database, `${name}@example.com`)).toEqual({ userId: id, hash });
      hashes.set(name, hash);
    }
    const checked = async (email: string) => {
      const found = await store.findByEmail(database, email);
      expect(found.userId).toBeNull();
      return found.hash;
    };
    expect(await checked("eve@example.com")).toBe(hashes.get("grace"));
    expect(await checked("aaron@example.com")).toBe(hashes.get("ada"));
    // After the last the first, as for what is no address.
    expect(await checked("zoe@example.com")).toBe(hashes.get("ada"));
    expect(await checked("")).toBe(hashes.get("ada"));
  });
});

forEachDatabase("a forgotten password", (open) => {
  test("runs the same statements for a known address as for an unknown one before it is answered", async () => {
    const { another, database } = await openAuth(open);
    await migrate(database, [jobsMigrations]);
    const auth = another({ mail: createInbox(), jobs: createJobs({ database }) });
    await register(auth);
    const log = await watchStatements(database);
    const asked = (email: string) => log.of(() => auth.passwords.forgot({ email }));
    await asked("eve@example.com");
    const known = await asked("ada@example.com");
    expect(known.length).toBeGreaterThan(0);
    expect(await asked("nobody@example.com")).toEqual(known);
  });
});
