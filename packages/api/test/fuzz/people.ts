/** The same people with the same things on each service, whose ids differ. */
import { sql } from "drizzle-orm";
import { objectsOf } from "../objects.ts";
import { keyOf, organizationOf, register, type TestApi } from "../service.ts";
import type { Asker, FuzzRequest } from "./requests.ts";
import { placeholder } from "./values.ts";

export interface People {
  headersOf(asker: Asker): Readonly<Record<string, string>>;
  /** Fills in this service's ids. */
  fill(text: string): string;
  /** Signs everybody in again, whatever the requests did to their sessions. */
  signIn(): Promise<void>;
}

/** One under a path of whose things nobody has any. */
const nobodysPlaceholder = /@\/[\w/-]+@/g;

export async function peopleOf(service: TestApi): Promise<People> {
  const { auth, database } = service;
  const [ada, bob, eve] = [
    await register(service, "ada"),
    await register(service, "bob"),
    await register(service, "eve"),
  ];
  await database.rows(sql`update auth_users set role = 'admin' where id = ${eve.id}`);
  const organization = await organizationOf(service, ada);
  const objects = await objectsOf(service, ada);
  const ids = {
    ...objects,
    user: ada.id,
    other: bob.id,
    "/admin/subjects": ada.id,
    "/admin/marketplace/packages": objects["/marketplace/packages"] ?? "",
    "/admin/marketplace/licenses": objects["/marketplace/licenses"] ?? "",
  };
  const names = Object.entries(ids).map(([name, id]) => [placeholder(name), id] as const);
  const headers: Record<Asker, Record<string, string>> = {
    session: {},
    key: await keyOf(service, ada),
    admin: {},
    organization: {},
    nobody: {},
    impostor: {},
  };
  const bearer = async (userId: string) => {
    const { accessToken } = await auth.sessions.open(await auth.users.get(userId));
    return { authorization: `Bearer ${accessToken}` };
  };
  return {
    headersOf: (asker) => headers[asker],
    fill(text) {
      const filled = names.reduce((filling, [name, id]) => filling.replaceAll(name, id), text);
      return filled.replaceAll(nobodysPlaceholder, "none_1");
    },
    async signIn() {
      headers.session = await bearer(ada.id);
      headers.admin = await bearer(eve.id);
      headers.impostor = await bearer(bob.id);
      headers.organization = { ...headers.session, "x-organization": organization.id };
    },
  };
}

/** Sends a request, and holds its answer against the document. */
export async function send({ call }: TestApi, people: People, request: FuzzRequest) {
  const { method, path, asker, body, form } = request;
  const headers = { ...request.headers, ...people.headersOf(asker) };
  if (form) return call(method, people.fill(path), { headers, raw: formOf(form) });
  if (body === undefined) return call(method, people.fill(path), { headers });
  const json = { ...headers, "content-type": "application/json" };
  return call(method, people.fill(path), { headers: json, raw: people.fill(JSON.stringify(body)) });
}

function formOf(fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set("artifact", new Blob(["an artifact"]), "artifact.tgz");
  return form;
}
