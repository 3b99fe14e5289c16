import { createHmac } from "node:crypto";
import { canonicalJson, constantTimeEqual, type Page, type PageRequest } from "@revops/core";
import { apiErrors } from "../problems/errors.ts";

/** Signs positions in lists, so that a client can hand them back but not make them up. */
export interface Cursors {
  /** @param bound what the cursor belongs to, such as the route and the search; another one refuses it */
  sign(position: string, bound: unknown): string;
  /** The position. @throws `invalid_cursor` */
  open(cursor: string, bound: unknown): string;
  request(query: { readonly limit: number; readonly cursor?: string | undefined }, bound: unknown): PageRequest;
  list<Item>(page: Page<Item>, bound: unknown): { data: Item[]; nextCursor: string | null };
}

/** 128 bits: a cursor is worth nothing beyond its list, and it travels in URLs. */
const macLength = 22;

export function createCursors(key: Uint8Array): Cursors {
  const macOf = (payload: string, bound: unknown) =>
    createHmac("sha256", key)
      .update(`${payload}.${canonicalJson(bound)}`)
      .digest("base64url")
      .slice(0, macLength);
  const cursors: Cursors = {
    sign(position, bound) {
      const payload = Buffer.from(position).toString("base64url");
      return `${payload}.${macOf(payload, bound)}`;
    },
    open(cursor, bound) {
      const [payload = "", mac = "", ...more] = cursor.split(".");
      if (more.length > 0 || !constantTimeEqual(mac, macOf(payload, bound))) throw apiErrors.invalid_cursor();
      return Buffer.from(payload, "base64url").toString();
    },
    request: ({ limit, cursor }, bound) => ({
      limit,
      ...(cursor === undefined ? {} : { after: cursors.open(cursor, bound) }),
    }),
    list: ({ data, next }, bound) => ({
      data: [...data],
      nextCursor: next === null ? null : cursors.sign(next, bound),
    }),
  };
  return cursors;
}
