import { isStorableText } from "@revops/core";
import { authErrors } from "../errors.ts";

const maxLength = 100;

/**
 * Trims an organization's name.
 * @throws `invalid_name` when it is empty, over 100 characters, or has characters that no line of a letter may have
 */
export function normalizeOrganizationName(name: string): string {
  const trimmed = typeof name === "string" ? name.trim() : "";
  if (
    trimmed === "" ||
    trimmed.length > maxLength ||
    !isStorableText(trimmed) ||
    /\p{Cc}|\p{Zl}|\p{Zp}/u.test(trimmed)
  ) {
    throw authErrors.invalid_name({
      detail: `The name of an organization has 1 to ${maxLength} characters on one line.`,
    });
  }
  return trimmed;
}
