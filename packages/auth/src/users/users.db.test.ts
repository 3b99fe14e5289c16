import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openAuth, password, register } from "../../test/open-auth.ts";

const code = (code: string) => expect.objectContaining({ code });

forEachDatabase("users", (open) => {
  test("registering gives a user with a normalized address and says so", async () => {
    const { auth, facts, clock } = await openAuth(open);
    const said: unknown[] = [];
    facts.on("user.registered", async (_tx, fact) => void said.push(fact));
    const user = await auth.users.register({ email: " Ada@Example.COM ", password, name: "  Ada " });
    expect(user).toEqual({
      id: expect.stringMatching(/^usr_/),
      email: "ada@example.com",
      emailVerified: false,
      name: "Ada",
      role: "user",
      createdAt: clock.now(),
    });
    expect(said).toEqual([{ userId: user.id, email: user.email, name: "Ada", at: clock.now() }]);
    expect(await auth.users.get(user.id)).toEqual(user);
    expect(await auth.users.findByEmail("ADA@example.com")).toEqual(user);
    expect(await auth.users.findByEmail("eve@example.com")).toBeNull();
  });

  test("ten registrations of one address at once make one user", async () => {
    const { auth, another } = await openAuth(open);
    const other = another();
    const spellings = ["ada@example.com", "ADA@example.com", "ada@EXAMPLE.com"];
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) =>
        register(i % 2 === 0 ? auth : other, spellings[i % spellings.length] ?? "ada@example.com"),
      ),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toEqual(code("user_already_exists"));
  });

  test("a handler that fails leaves no user behind, and the address free", async () => {
    const { auth, facts } = await openAuth(open);
    let fails = true;
    facts.on("user.registered", async () => {
      if (fails) throw new Error("entitlements are away");
    });
    await expect(register(auth)).rejects.toThrow("entitlements are away");
    await expect(auth.sessions.login({ email: "ada@example.com", password })).rejects.toEqual(
      code("invalid_credentials"),
    );
    fails = false;
    expect(await register(auth)).toMatchObject({ email: "ada@example.com" });
  });

  test("a user and the caller's own row commit together, or neither", async () => {
    const { auth, database } = await openAuth(open);
    const undone = database.transaction(async (tx) => {
      await auth.users.register({ email: "ada@example.com", password }, tx);
      throw new Error("the caller changed its mind");
    });
    await expect(undone).rejects.toThrow("changed its mind");
    expect(await auth.users.findByEmail("ada@example.com")).toBeNull();
  });

  test("what cannot be stored is refused before the database sees it, alike on both", async () => {
    const { auth } = await openAuth(open);
    const taken = { email: "ada@example.com", password };
    await expect(auth.users.register({ ...taken, name: "A\u0000" })).rejects.toEqual(code("invalid_name"));
    await expect(auth.users.register({ ...taken, name: "\ud800" })).rejects.toEqual(code("invalid_name"));
    await expect(auth.users.register({ ...taken, name: "x".repeat(101) })).rejects.toEqual(code("invalid_name"));
    await expect(auth.users.register({ ...taken, email: "ada\u0000@example.com" })).rejects.toEqual(
      code("invalid_email"),
    );
    await expect(auth.users.register({ ...taken, password: "password" })).rejects.toEqual(code("weak_password"));
    expect(await auth.users.findByEmail(taken.email)).toBeNull();
  });

  test("a name is changed or taken away, nothing else", async () => {
    const { auth } = await openAuth(open);
    const user = await register(auth);
    expect(await auth.users.update(user.id, { name: " Countess " })).toEqual({ ...user, name: "Countess" });
    expect(await auth.users.update(user.id, {})).toEqual({ ...user, name: "Countess" });
    expect(await auth.users.update(user.id, { name: null })).toEqual({ ...user, name: null });
    await expect(auth.users.update("usr_0", { name: "x" })).rejects.toEqual(code("user_not_found"));
    await expect(auth.users.get("usr_0")).rejects.toEqual(code("user_not_found"));
    await expect(auth.users.setRole("usr_0", "admin")).rejects.toEqual(code("user_not_found"));
  });
});
