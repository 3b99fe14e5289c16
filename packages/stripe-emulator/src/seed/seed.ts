import type { Work } from "../emulator/work.ts";
import { StripeFailure } from "../errors.ts";
import type { Scope } from "../scope.ts";
import type { Route } from "../server/route.ts";

/** One call of a seed. Its parameters and path may name what earlier ones answered: `${ada:id}`, `${plan:items.data.0.id}`. */
export interface SeedCall {
  name: string;
  path: string;
  method?: "post" | "delete" | "get" | undefined;
  params?: Record<string, unknown> | undefined;
}
/** A seed in the format of the Stripe CLI's fixtures. Source: https://docs.stripe.com/cli/fixtures */
export interface Seed {
  fixtures: readonly SeedCall[];
}

/** A seed as JSON. @throws RangeError that names what is wrong. */
export function readSeed(body: unknown): Seed {
  const { fixtures } = isHash(body) ? body : {};
  if (!Array.isArray(fixtures))
    throw new RangeError('A seed is { "fixtures": [{ "name", "path", "method", "params" }] }.');
  const calls = fixtures.map((one: unknown, index): SeedCall => {
    const { name, path, method = "post", params = {} } = isHash(one) ? one : {};
    if (typeof name !== "string" || typeof path !== "string")
      throw new RangeError(`Fixture ${index} needs a name and a path.`);
    const verb = (["post", "get", "delete"] as const).find((known) => known === String(method).toLowerCase());
    if (verb === undefined) throw new RangeError(`Fixture "${name}": the method must be post, get or delete.`);
    if (!isHash(params)) throw new RangeError(`Fixture "${name}": params must be an object.`);
    return { name, path, method: verb, params };
  });
  return { fixtures: calls };
}

function isHash(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What `${name:field.0.field}` stands for. */
function lookUp(answers: ReadonlyMap<string, object>, reference: string): string {
  const [name = "", path = "id"] = reference.split(":", 2);
  let value: unknown = answers.get(name);
  if (value === undefined) throw new RangeError(`\${${reference}}: no earlier fixture is named "${name}".`);
  for (const step of path.split(".")) value = new Map<string, unknown>(Object.entries(value ?? {})).get(step);
  if (typeof value !== "string" && typeof value !== "number") throw new RangeError(`\${${reference}} is not there.`);
  return String(value);
}

/** A value as it would arrive in a form: everything is text, and nothing is an empty one. */
function asForm(answers: ReadonlyMap<string, object>, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => asForm(answers, one));
  if (isHash(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asForm(answers, one)]));
  if (value === null) return "";
  return String(value).replaceAll(/\$\{([^}]+)\}/g, (_whole, reference: string) => lookUp(answers, reference));
}

function find(
  routes: readonly Route[],
  { method = "post", path }: SeedCall,
): { route: Route; segments: Record<string, string> } {
  for (const route of routes) {
    if (route.method !== method) continue;
    const names: string[] = [];
    const pattern = route.path.replaceAll(/:(\w+)/g, (_whole, name: string) => {
      names.push(name);
      return "([^/]+)";
    });
    const match = new RegExp(`^${pattern}$`).exec(path);
    if (match !== null)
      return { route, segments: Object.fromEntries(names.map((name, at) => [name, match[at + 1] ?? ""])) };
  }
  throw new RangeError(`There is no ${method.toUpperCase()} ${path} to seed with.`);
}

/**
 * Does the calls of a seed one after another in one transaction: all of them or none.
 * @returns what each call answered, by its name
 * @throws RangeError or Stripe's refusal, with the name of the call
 */
export function plantSeed(work: Work, routes: readonly Route[], seed: Seed): Record<string, object> {
  const answers = new Map<string, object>();
  work.run({ id: null, idempotencyKey: null }, (scope: Scope) => {
    for (const call of seed.fixtures) {
      try {
        const path = String(asForm(answers, call.path));
        const { route, segments } = find(routes, { ...call, path });
        const values = asForm(answers, call.params ?? {});
        answers.set(call.name, route.prepare(isHash(values) ? values : {}, segments).run(scope));
      } catch (error) {
        if (error instanceof StripeFailure)
          throw new RangeError(`Fixture "${call.name}": ${error.message}`, { cause: error });
        throw error;
      }
    }
  });
  return Object.fromEntries(answers);
}
