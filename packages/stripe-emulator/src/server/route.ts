import type { Scope } from "../scope.ts";
import { list, type Parsed, parseShape, type Shape, text } from "./parameters.ts";

export interface Call<P> {
  scope: Scope;
  params: P;
  /** The `:id` of the path. */
  id: string;
  /** Any other segment of the path by its name. */
  segment(name: string): string;
}
/** A route as data: the server walks over a table of these. */
export interface Route {
  method: "get" | "post" | "delete";
  path: string;
  /** Checks the parameters (throws Stripe's refusal) and hands back the work to do in the transaction. */
  prepare(
    values: Record<string, unknown>,
    segments: Record<string, string>,
  ): { run(scope: Scope): object; expand: string[] };
}

/** Declares a route. `expand` is taken everywhere. */
export function route<S extends Shape>(definition: {
  method: Route["method"];
  path: string;
  parameters: S;
  handle(call: Call<Parsed<S>>): object;
}): Route {
  const { method, path, parameters, handle } = definition;
  const expandField = list(text(), 50);
  return {
    method,
    path,
    prepare({ expand, ...values }, segments) {
      const params = parseShape(parameters, values);
      const segment = (name: string) => segments[name] ?? "";
      return {
        expand: expand === undefined ? [] : expandField.parse(expand, "expand"),
        run: (scope) => handle({ scope, params, id: segment("id"), segment }),
      };
    },
  };
}
