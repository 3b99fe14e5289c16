/** Which scopes there are, and what a key may be given. */
import { authErrors } from "../errors.ts";
import { everyScope } from "./claims.ts";

/** Lets its bearer make and revoke keys. Only a session carries it: a leaked key must not be able to outlive itself. */
export const manageKeys = "keys:manage";

/** The scopes as shipped; `createAuth({ scopes })` takes others. */
export const standardScopes: readonly string[] = Object.freeze([
  "marketplace:read",
  "marketplace:write",
  "billing:read",
  "billing:write",
  "usage:write",
  "webhooks:manage",
  manageKeys,
]);

export interface ScopeRules {
  /** What a key is stored with. @throws `invalid_scope` */
  forNewKey(scopes: readonly string[] | undefined): string[];
  /** What a stored key carries today: `*` spelt out, without {@link manageKeys}. */
  ofKey(stored: readonly string[]): readonly string[];
}

export function createScopeRules(known: readonly string[]): ScopeRules {
  const grantable = known.filter((scope) => scope !== manageKeys && scope !== everyScope);
  return {
    forNewKey(scopes = [everyScope]) {
      // An empty list is not "everything": whoever computes a list and ends with none must not get all.
      if (scopes.length === 0)
        throw authErrors.invalid_scope({ detail: "Name at least one scope, or leave them out." });
      for (const scope of scopes) {
        if (scope === everyScope || grantable.includes(scope)) continue;
        const detail = scope === manageKeys ? "A key cannot manage keys." : "A scope is not known.";
        throw authErrors.invalid_scope({ detail, fields: { allowed: [everyScope, ...grantable] } });
      }
      return [...new Set(scopes)];
    },
    ofKey: (stored) => (stored.includes(everyScope) ? grantable : stored.filter((scope) => grantable.includes(scope))),
  };
}
