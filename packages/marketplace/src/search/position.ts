/** Where a page of a search ended, as an opaque text. */
import { isStorableText } from "@revops/core";
import { marketplaceErrors } from "../errors.ts";

/** The members of a sort key, in order. */
export type SortKey = readonly (string | number)[];

/** Writes the sort's name with the key: a position of one sort makes no sense in another. */
export function encodePosition(sort: string, key: SortKey): string {
  return Buffer.from(JSON.stringify([sort, ...key])).toString("base64url");
}

/**
 * Reads a position.
 * @param shape the types of the key's members
 * @throws `invalid_search` unless it was written for this sort
 */
export function decodePosition(sort: string, position: string, shape: readonly ("string" | "number")[]): SortKey {
  const [from, ...key] = parsed(position);
  const fits =
    from === sort && key.length === shape.length && key.every((member, index) => isMember(member, shape[index]));
  if (!fits) throw marketplaceErrors.invalid_search({ detail: "The position is not one of this search." });
  // Every member was just compared with the shape.
  return key as (string | number)[];
}

function isMember(value: unknown, type: "string" | "number" | undefined): boolean {
  return type === "number" ? Number.isSafeInteger(value) : typeof value === "string" && isStorableText(value);
}

function parsed(position: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(position, "base64url").toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
