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

  test("a route asks who one is, unless it is known to be for anyone", async () => {
    const { api } = await startApi(open);
    const unguarded = operations(api).filter(({ needsCredentials }) => !needsCredentials);
    const names = unguarded.map(({ name }) => name).sort();
    expect(names, 'Is it for anyone? Then say so in "forAnyone"; else let it require credentials.').toEqual(
      Object.keys(forAnyone).sort(),
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

  test("another tenant's object and one that never was are the same, at each place of an id", {
    timeout: 120_000,
  }, async () => {
    const service = await startApi(open);
    const [ada, bob] = [await register(service, "ada"), await register(service, "bob")];
    const [hers, his] = [await objectsOf(service, ada, "ada"), await objectsOf(service, bob, "bob")];
    const all = positions(service.api);
    expect(all.length).toBeGreaterThan(50);
    for (const { operation, place, member } of all) {
      const { method, path, name, sessionOnly, scope } = operation;
      const group = groupOf(path, member);
      const id = hers[group];
      if (!id) {
        throw new Error(
          `Whose is "${member}" of ${name}? Give each person one under "${group}" in test/objects.ts, or say in "nobodys" or "onPurpose" why it is no tenant's.`,
        );
      }
      const credentials = [bob.session, ...(sessionOnly || scope === "keys:manage" ? [] : [await keyOf(service, bob)])];
      for (const headers of credentials) {
        // What is asked for is hers or nobody's; everything around it is his own, so that nothing else refuses it.
        const asked = async (wanted: string) => {
          const filled = path.replaceAll(/\{(\w+)\}/g, (_, each) => {
            if (place === "path" && each === member) return wanted;
            return nobodys[each] ?? within[name] ?? his[groupOf(path, each)] ?? "missing";
          });
          const body = place === "body" ? { ...bodies[name], [member]: wanted } : bodies[name];
          const answer = await service.call(method, filled, { headers, body });
          const told = JSON.stringify({ ...answer.body, instance: null, requestId: null });
          return { ...answer, told: told.replaceAll(wanted, "…") };
        };
        const theirs = await asked(id);
        const where = `${name}, "${member}" of the ${place}: ${theirs.told}`;
        if (place === "path") expect.soft([theirs.status, theirs.body.code], where).toEqual([404, "not_found"]);
        else expect.soft(theirs.status, where).toBeGreaterThanOrEqual(400);
        const unknown = await asked(id.replace(/.{3}$/, "zzz"));
        expect.soft([theirs.status, theirs.told], where).toEqual([unknown.status, unknown.told]);
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
  "post /organizations/{id}/invitations": { email: "eve@example.com", role: "owner" },
  "post /marketplace/packages/{id}/reviews": { rating: 5 },
  "post /marketplace/packages/{id}/versions/{version}/deprecate": { message: null },
  "post /marketplace/packages/{id}/certificate": { holder: "Bob" },
  "post /organizations/{id}/transfer": { userId: "usr_1" },
  "put /billing/subscription": { tier: "pro" },
};

/** Parameters that name no tenant's object, with a value that there is. */
const nobodys: Readonly<Record<string, string>> = { provider: "github", version: "latest", lesson: "one" };

/** What goes into a path whose own object would be refused before the body is looked at. */
const within: Readonly<Record<string, string>> = { "post /marketplace/packages/{id}/purchase": "ada-offer" };

/** Routes that ask nobody who they are, and what stands in for it. */
const forAnyone: Readonly<Record<string, string>> = {
  "post /auth/register": "has no account yet",
  "post /auth/login": "a password",
  "post /auth/refresh": "a refresh token",
  "post /auth/validate": "the token itself",
  "post /auth/password/forgot": "tells nobody anything",
  "post /auth/password/reset": "a letter's code",
  "post /auth/email/verify": "a letter's code",
  "post /auth/email/confirm": "a letter's code",
  "post /auth/oauth/exchange": "a one-time code",
  "get /auth/oauth/{provider}": "the provider asks",
  "get /auth/oauth/{provider}/callback": "state and cookie",
  "post /marketplace/search": "shows what is published",
  "get /marketplace/packages/{id}": "shows what is published",
  "get /marketplace/packages/{id}/reviews": "shows what is published",
  "get /marketplace/downloads/{token}": "a signed link",
  "get /marketplace/license-keys": "public keys",
  "post /marketplace/licenses/activate": "a licence key",
  "post /marketplace/licenses/deactivate": "a licence key",
  "post /marketplace/licenses/validate": "a licence key",
  "get /marketplace/certificates/{certificateId}": "shows what is meant to be shown",
  "get /marketplace/certificates/{certificateId}/page": "shows what is meant to be shown",
  "get /billing/pricing": "prices are public",
  "post /webhooks/stripe": "a signature",
  "get /health": "a probe",
  "get /ready": "a probe",
  "get /openapi.json": "documentation",
  "get /docs": "documentation",
};

/** Places where an id is good for whoever has it, and why. */
const onPurpose: Readonly<Record<string, string>> = {
  "get /marketplace/certificates/{certificateId}": "Whoever is shown a certificate may check it.",
  "get /marketplace/certificates/{certificateId}/page": "Whoever is shown a certificate may check it.",
  "get /marketplace/downloads/{token}": "A signed link is its own credential.",
  "post /billing/usage/reservations": "`id` is the subject's own name for a new thing.",
};

interface Position {
  readonly operation: Operation;
  readonly place: "path" | "body";
  readonly member: string;
}

/** Each place of an id that somebody who is no admin can reach. What is an admin's is refused before: see above. */
function positions(api: TestApi["api"]): Position[] {
  return operations(api)
    .filter(({ name, path }) => !path.startsWith("/admin/") && !(name in onPurpose))
    .flatMap((operation) => [
      ...[...operation.path.matchAll(/\{(\w+)\}/g)]
        .map(([, member = ""]) => ({ operation, place: "path" as const, member }))
        .filter(({ member }) => !(member in nobodys)),
      ...operation.bodyIds.map((member) => ({ operation, place: "body" as const, member })),
    ]);
}

/** Under what `objectsOf` has it: an `{id}` by the path before it, another by its own name. */
const groupOf = (path: string, member: string) => (member === "id" ? (path.split("/{", 1)[0] ?? "") : member);

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly takesCredentials: boolean;
  readonly needsCredentials: boolean;
  readonly sessionOnly: boolean;
  readonly scope: string | undefined;
  /** Members of its body that are ids. */
  readonly bodyIds: readonly string[];
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
        bodyIds: Object.keys(bodySchema(document, operation)).filter((member) => /^id$|Ids?$/.test(member)),
      };
    }),
  );
}

/** The members of an operation's JSON body, by name. */
function bodySchema(document: TestApi["api"]["document"], operation: { requestBody?: Body }): object {
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const named = schema?.$ref?.split("/").at(-1);
  const found = named === undefined ? schema : document.components?.schemas?.[named];
  return typeof found === "object" && "properties" in found ? (found.properties ?? {}) : {};
}

interface Body {
  readonly content: Readonly<
    Record<string, { readonly schema?: { readonly $ref?: string; readonly properties?: object } }>
  >;
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
