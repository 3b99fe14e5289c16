import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openAuth, password, register } from "../../test/open-auth.ts";

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
});
