/** The chapters of the document, which are the groups in which routes can be served. */

export const tags = {
  auth: "Accounts, sessions, API keys and signing in.",
  organizations: "Companies: members, roles and invitations. They own keys, subscriptions and usage as a user does.",
  billing: "Usage, subscriptions, invoices and payment methods.",
  marketplace: "Listings, search, purchases, downloads and reviews.",
  webhooks: "Being told of what happens, and Stripe's telling us.",
  admin: "For users whose role is `admin`.",
  server: "This server itself: whether it lives, and what it can do.",
} as const;

export type RouteGroup = keyof typeof tags;

const isGroup = (name: string): name is RouteGroup => Object.hasOwn(tags, name);

/** The first part of a path is what it is about; what is about the server itself stands together. */
export function groupOf({ path }: { readonly path: string }): RouteGroup {
  const first = path.split("/")[1] ?? "";
  return isGroup(first) ? first : "server";
}
