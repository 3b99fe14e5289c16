/** Ids as strangers to TypeScript, and to our ids, may hand them in. */
import { isStorableText } from "@revops/core";

/**
 * The id for a statement. PostgreSQL refuses text with a NUL, which SQLite looks for: nobody has such an id, nor an empty one, so
 * that on both it is one that is not found.
 */
export function storableId(id: string): string {
  return typeof id === "string" && isStorableText(id) ? id : "";
}
