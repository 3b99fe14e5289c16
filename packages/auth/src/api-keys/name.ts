import { isStorableText } from "@revops/core";
import { authErrors } from "../errors.ts";

const maxLength = 100;

/** @throws `invalid_name` when a key's name is empty, over 100 characters, or text that a database cannot hold */
export function checkKeyName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === "" || trimmed.length > maxLength || !isStorableText(trimmed)) {
    throw authErrors.invalid_name({ detail: `The name of a key has 1 to ${maxLength} characters.` });
  }
  return trimmed;
}
