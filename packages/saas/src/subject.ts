/** Who owns, uses and pays: a user or an organization. */
import { isStorableText } from "@revops/core";
import { saasErrors } from "./errors.ts";

/** How many characters the id of a subject has at most: what is longer is `invalid_subject_id`. */
export const maxSubjectIdLength = 255;

/** @throws `invalid_subject_id` */
export function checkSubjectId(subjectId: string): string {
  // A stranger to TypeScript may pass anything.
  if (
    typeof subjectId === "string" &&
    subjectId !== "" &&
    subjectId.length <= maxSubjectIdLength &&
    isStorableText(subjectId)
  ) {
    return subjectId;
  }
  throw saasErrors.invalid_subject_id({ detail: `A subject's id is text of 1 to ${maxSubjectIdLength} characters.` });
}
