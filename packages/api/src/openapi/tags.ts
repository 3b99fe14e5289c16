/** The chapters of the document. */

export const tags: Readonly<Record<string, string>> = {
  auth: "Accounts, sessions, API keys and signing in.",
  organizations: "Companies: members, roles and invitations. They own keys, subscriptions and usage as a user does.",
  billing: "Usage, subscriptions, invoices and payment methods.",
  marketplace: "Listings, search, purchases, downloads and reviews.",
  webhooks: "Being told of what happens, and Stripe's telling us.",
  admin: "For users whose role is `admin`.",
  server: "This server itself: whether it lives, and what it can do.",
};

export const describeTag = (name: string) => ({ name, description: tags[name] ?? "" });
