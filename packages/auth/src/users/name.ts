import { isStorableText } from "@revops/core";
import { authErrors } from "../errors.ts";

const maxLength = 100;

/**
 * Trims a user's name; an empty one is none.
 * @throws `invalid_name` when it is over 100 characters or is text that a database cannot hold
 */
export function normalizeName(name: string | null | undefined): string | null {
  const trimmed = name?.trim() ?? "";
  if (trimmed.length > maxLength || !isStorableText(trimmed)) {
    throw authErrors.invalid_name({ detail: `A name has at most ${maxLength} characters.` });
  }
  return trimmed === "" ? null : trimmed;
}
