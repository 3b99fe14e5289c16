/** A batch that found the world other than it had expected: rolled back, and counted once more by reading first. */
import { saasErrors } from "../errors.ts";

const conflicts = new WeakSet<Error>();

/** Thrown inside a batch's transaction. In a caller's own transaction, which is the caller's to repeat, it gets out. */
export function batchConflict(): Error {
  const error = saasErrors.usage_not_stored({
    detail: "Another instance counted the same at this moment, and nothing was stored. Repeat it with the same id.",
  });
  conflicts.add(error);
  return error;
}

export function isBatchConflict(error: unknown): boolean {
  return error instanceof Error && conflicts.has(error);
}
