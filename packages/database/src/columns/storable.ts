/** What both databases store alike, checked where it becomes a parameter: a statement that PostgreSQL refuses would end its transaction. */
import { isStorableText } from "@revops/core";
import { databaseErrors } from "../errors.ts";

/** @throws `unstorable_text` */
export function storableText<Value>(value: Value): Value {
  if (typeof value === "string" && !isStorableText(value)) throw unstorable();
  return value;
}

/** Parameters of hand-written SQL, some of which may be lists. @throws `unstorable_text` */
export function storableParameters(parameters: unknown[]): unknown[] {
  for (const parameter of parameters) {
    if (Array.isArray(parameter)) parameter.forEach(storableText);
    else storableText(parameter);
  }
  return parameters;
}

function unstorable() {
  return databaseErrors.unstorable_text({ detail: "NUL and lone surrogates are not text, which no id or name has." });
}
