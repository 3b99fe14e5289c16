import { invalidRequest } from "../errors.ts";
import type { Scope } from "../scope.ts";

/** Fields that Stripe leaves out unless they are asked for, by object and field. Resources contribute theirs. */
export type Includable = Readonly<Record<string, (scope: Scope, object: Record<string, unknown>) => unknown>>;

function isHash(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function expandOne(
  scope: Scope,
  includable: Includable,
  value: unknown,
  segments: readonly string[],
  path: string,
): unknown {
  const [name, ...rest] = segments;
  if (name === undefined || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => expandOne(scope, includable, one, segments, path));
  const refused = () =>
    invalidRequest(`This property cannot be expanded (${path}). You may want to try expanding a different property.`, {
      param: "expand",
    });
  if (!isHash(value)) throw refused();
  const produce = includable[`${String(value["object"])}.${name}`];
  let next = value[name];
  if (next === undefined && produce !== undefined) next = produce(scope, value);
  // A deleted object has lost its fields, and a price per unit has no tiers; a list of such ones must still be answered.
  if (next === undefined) {
    if (value["deleted"] === true || produce !== undefined) return value;
    throw refused();
  }
  if (typeof next === "string") {
    const found = scope.objects.findAny(next);
    if (found === undefined) throw refused();
    next = found;
  } else if (Array.isArray(next) && name !== "data") {
    next = next.map((one: unknown) => (typeof one === "string" ? (scope.objects.findAny(one) ?? one) : one));
  } else if (rest.length === 0 && !isHash(next) && next !== null) {
    throw refused();
  }
  return { ...value, [name]: expandOne(scope, includable, next, rest, path) };
}

/** Replaces ids by their objects along each path, up to four levels deep. Source: https://docs.stripe.com/api/expanding_objects */
export function expand(scope: Scope, includable: Includable, answer: object, paths: readonly string[]): object {
  let result: unknown = answer;
  for (const path of paths) {
    const segments = path.split(".");
    if (segments.length > (segments[0] === "data" ? 5 : 4) + segments.filter((one) => one === "data").length) {
      throw invalidRequest(`You cannot expand more than 4 levels of a property (${path}).`, { param: "expand" });
    }
    result = expandOne(scope, includable, result, segments, path);
  }
  return isHash(result) ? result : answer;
}
