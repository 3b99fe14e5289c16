import { hash } from "@node-rs/argon2";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openAuth, password, register } from "../../test/open-auth.ts";
import { createPasswordStore } from "./store.ts";

forEachDatabase("a password that was hashed with less work than one is today", (open) => {
  test("is hashed anew when its owner signs in, and by nobody's wrong guess", async () => {
    const { auth, database } = await openAuth(open);
    const { id, email } = await register(auth);
    const store = createPasswordStore(database);
    const kept = async () => (await store.findByEmail(database, email)).hash ?? "";
    const today = await kept();
    const old = await hash(password, { memoryCost: 4_096, timeCost: 1, parallelism: 1 });
    await database.transaction((tx) => store.set(tx, id, old, new Date(0)));

    await expect(auth.sessions.login({ email, password: "wrong horse battery" })).rejects.toThrow();
    expect((await kept()) === old).toBe(true);
    // At once too: each is let in, whichever of them writes first.
    await Promise.all(Array.from({ length: 3 }, () => auth.sessions.login({ email, password })));
    const renewed = await kept();
    const parameters = (text: string) => text.split("$").slice(0, 4).join("$");
    expect(renewed === old || renewed === today).toBe(false);
    expect(parameters(renewed)).toBe(parameters(today));
    await auth.sessions.login({ email, password });
    expect((await kept()) === renewed).toBe(true);
  });
});
