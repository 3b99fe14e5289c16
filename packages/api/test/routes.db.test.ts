/** Every route of the document: who may not come in does not. */
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { objectsOf } from "./objects.ts";
import { keyOf, organizationOf, register, startApi, type TestApi } from "./service.ts";

forEachDatabase("every route of the document", (open) => {
  test("what is served is documented, and what is documented is served", async () => {
    const { api } = await startApi(open);
    expect(servedBy(api.app).sort()).toEqual(
      operations(api)
        .map(({ name }) => name)
        .sort(),
    );
  });

  test("without credentials, or with wrong ones, the answer is 401 and says what to show", async () => {
    const { api, call } = await startApi(open);
    const guarded = operations(api).filter(({ needsCredentials }) => needsCredentials);
    expect(guarded.length).toBeGreaterThan(20);
    for (const { method, path, name } of guarded) {
      const without = await call(method, path);
      expect([without.status, without.body.code], name).toEqual([401, "missing_credentials"]);
      expect(without.headers.get("www-authenticate"), name).toContain("Bearer");
    }
    for (const { method, path, name, takesCredentials } of operations(api)) {
      if (!takesCredentials) continue;
      const badToken = await call(method, path, { headers: { authorization: "Bearer a.b.c" } });
      expect([badToken.status, badToken.body.code], name).toEqual([401, "invalid_token"]);
      const badKey = await call(method, path, { headers: { "x-api-key": "rvk_nobody" } });
      expect([badKey.status, badKey.body.code], name).toEqual([401, "invalid_api_key"]);
    }
  });

  test("a key without the scope is refused, and no key manages keys or sessions", async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    const everything = await keyOf(service, ada);
    const scoped = operations(service.api).filter(({ scope }) => scope !== undefined);
    expect(scoped.length).toBeGreaterThan(15);
    for (const { method, path, name, scope } of scoped) {
      const other = scope === "usage:write" ? "billing:read" : "usage:write";
      const refused = await service.call(method, path, { headers: await keyOf(service, ada, [other]) });
      expect([refused.status, refused.body.code], name).toEqual([403, "insufficient_scope"]);
    }
    const keysOnly = operations(service.api).filter(({ scope, sessionOnly }) => sessionOnly || scope === "keys:manage");
    expect(keysOnly.length).toBeGreaterThan(6);
    for (const { method, path, name } of keysOnly) {
      expect((await service.call(method, path, { headers: everything })).status, name).toBe(403);
    }
  });

  test("what is for admins is refused to everyone else, whatever is asked", async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    const forAdmins = operations(service.api).filter(({ path }) => path.startsWith("/admin/"));
    expect(forAdmins.length).toBeGreaterThan(9);
    for (const { method, path, name } of forAdmins) {
      for (const headers of [ada.session, await keyOf(service, ada)]) {
        const refused = await service.call(method, path, { headers });
        expect([refused.status, refused.body.code], name).toEqual([403, "forbidden"]);
      }
    }
  });

  test("another tenant's object and one that never was are the same 404", { timeout: 60_000 }, async () => {
    const service = await startApi(open);
    const [ada, bob] = [await register(service, "ada"), await register(service, "bob")];
    const ids = await objectsOf(service, ada);
    const deliveryId = ids["delivery"] ?? "";
    // What is an admin's belongs to no tenant: nobody else comes that far.
    const withIds = operations(service.api).filter(({ path }) => path.includes("{id}") && !path.startsWith("/admin/"));
    for (const { method, path, name, sessionOnly, scope } of withIds) {
      const group = path.split("/{", 1)[0] ?? "";
      const id = ids[group];
      if (!id) throw new Error(`The test has no object of Ada's for ${name}.`);
      const credentials = [bob.session, ...(sessionOnly || scope === "keys:manage" ? [] : [await keyOf(service, bob)])];
      for (const headers of credentials) {
        const named = path
          .replace("{version}", "latest")
          .replace("{lesson}", "one")
          .replace("{userId}", ada.id)
          .replace("{invitationId}", "inv_1")
          .replace("{deliveryId}", deliveryId);
        const at = (wanted: string) => named.replace("{id}", wanted);
        const body = bodies[name];
        const theirs = await service.call(method, at(id), { headers, body });
        const nobodys = await service.call(method, at(id.replace(/.{3}$/, "zzz")), { headers, body });
        expect([theirs.status, theirs.body.code], name).toEqual([404, "not_found"]);
        const told = ({ body }: typeof theirs) => ({ ...body, instance: null, requestId: null });
        expect(told(theirs), name).toEqual(told(nobodys));
      }
    }
  });

  test("another tenant's organization cannot be chosen, and is the same 404 as one that never was", async () => {
    const service = await startApi(open);
    const [ada, bob] = [await register(service, "ada"), await register(service, "bob")];
    const { id } = await organizationOf(service, ada);
    const bobs = await keyOf(service, bob);
    for (const { method, path, name, takesCredentials } of operations(service.api)) {
      if (!takesCredentials) continue;
      const chosen = (organization: string, headers: object) =>
        service.call(method, path, { headers: { ...headers, "x-organization": organization } });
      const theirs = await chosen(id, bob.session);
      const nobodys = await chosen(id.replace(/.{3}$/, "zzz"), bob.session);
      expect([theirs.status, theirs.body?.code], name).toEqual([404, "not_found"]);
      const told = ({ body }: typeof theirs) => ({ ...body, requestId: null });
      expect(told(theirs), name).toEqual(told(nobodys));
      const byKey = await chosen(id, bobs);
      expect([byKey.status, byKey.body?.code], name).toEqual([403, "forbidden"]);
    }
  });

  test("a member of an organization changes neither its money nor its keys nor its listings", async () => {
    const service = await startApi(open);
    const [ada, bob] = [await register(service, "ada"), await register(service, "bob")];
    const { id } = await organizationOf(service, ada);
    const { auth } = service;
    const invitation = await auth.organizations.invitations.create({
      organizationId: id,
      actorId: ada.id,
      email: "bob@example.com",
    });
    await service.database.rows(sql`update auth_users set email_verified = ${true} where id = ${bob.id}`);
    await auth.organizations.invitations.accept({ userId: bob.id, invitationId: invitation.id });
    const headers = { ...bob.session, "x-organization": id };
    const guarded = operations(service.api).filter(
      ({ method, scope = ":read" }) => method !== "GET" && scope !== "usage:write" && !scope.endsWith(":read"),
    );
    expect(guarded.length).toBeGreaterThan(6);
    for (const { method, path, name } of guarded) {
      const refused = await service.call(method, path, { headers });
      expect([refused.status, refused.body.code], name).toEqual([403, "forbidden"]);
    }
  });
});

/** What a route wants to be sent before it looks at whose object it is. */
const bodies: Readonly<Record<string, object>> = {
  "patch /organizations/{id}": { name: "Mine" },
  "patch /organizations/{id}/members/{userId}": { role: "member" },
  "post /organizations/{id}/transfer": { userId: "usr_1" },
  "post /organizations/{id}/invitations": { email: "eve@example.com", role: "owner" },
  "post /marketplace/packages/{id}/reviews": { rating: 5 },
  "post /marketplace/packages/{id}/versions/{version}/deprecate": { message: null },
  "post /marketplace/packages/{id}/certificate": { holder: "Bob" },
};

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly takesCredentials: boolean;
  readonly needsCredentials: boolean;
  readonly sessionOnly: boolean;
  readonly scope: string | undefined;
}

function operations({ document }: TestApi["api"]): Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      const security: Record<string, string[]>[] = operation.security;
      const [scope] = security.flatMap((requirement) => Object.values(requirement).flat());
      return {
        name: `${method} ${path}`,
        method: method.toUpperCase(),
        path,
        takesCredentials: security.length > 0,
        needsCredentials: security.length > 0 && security.every((requirement) => Object.keys(requirement).length > 0),
        sessionOnly: security.length === 1 && "bearer" in (security[0] ?? {}),
        scope,
      };
    }),
  );
}

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Record<string, boolean> };
  readonly handle: { readonly stack?: Layer[] };
}

/** What Express itself would run: read off its router, not off our declarations. */
function servedBy(app: { readonly router: unknown }): string[] {
  // Express types its router as a function; its layers are what the test is about.
  const { stack } = app.router as { stack: Layer[] };
  const layers = stack.flatMap(({ handle }) => handle.stack ?? []);
  return layers.flatMap(({ route }) =>
    Object.keys(route?.methods ?? {})
      .filter((method) => method !== "_all")
      .map((method) => `${method} ${route?.path.replaceAll(/:(\w+)/g, "{$1}")}`),
  );
}
