/** How an installed package is offered: its listing, made of nothing but its own metadata and the tables below. */
import { createHash } from "node:crypto";
import type { ListingKind, NewListing } from "@revops/marketplace";
import type { Manifest } from "./installed-packages.ts";

/** The first category one of whose words is a keyword, or part of the name, is taken. */
const categories: readonly (readonly [category: string, words: readonly string[]])[] = [
  ["databases", ["sql", "sqlite", "postgres", "postgresql", "pg", "drizzle", "database", "orm", "redis"]],
  ["payments", ["stripe", "payment", "payments", "money", "decimal", "arithmetic"]],
  ["security", ["crypto", "jwt", "argon2", "password", "security", "helmet", "zxcvbn", "cookie", "jws", "jwa"]],
  ["web", ["http", "express", "connect", "router", "middleware", "server", "mime", "cors", "url", "request"]],
  ["testing", ["test", "vitest", "assert", "chai", "coverage", "istanbul", "mock", "bench", "benchmark"]],
  [
    "build tools",
    ["bundler", "esbuild", "rollup", "rolldown", "vite", "compiler", "typescript", "babel", "ast", "tsup"],
  ],
  [
    "files",
    ["fs", "file", "files", "path", "glob", "tar", "zip", "archive", "stream", "streams", "watch", "directory"],
  ],
  ["logging", ["log", "logger", "logging", "debug", "pino", "trace"]],
  ["configuration", ["config", "configuration", "env", "dotenv", "yaml", "json", "ini", "tsconfig"]],
  ["command line", ["cli", "terminal", "prompt", "prompts", "argv", "color", "colors", "console", "ansi"]],
  ["types", ["types", "typings", "definitelytyped"]],
];

/** What one starts a project from, and vocabularies that others build on; everything else is a package. */
const kinds: readonly (readonly [kind: ListingKind, words: readonly string[]])[] = [
  ["template", ["template", "boilerplate", "scaffold", "config", "configuration", "tsconfig", "dotenv", "preset"]],
  ["ontology", ["ontology", "vocabulary", "estree", "mime", "spec", "statuses", "dictionary"]],
];

/** What is sold, in US cents, so that there is something to buy: direct dependencies of ours, which stay installed. */
const prices: Readonly<Record<string, number>> = {
  express: 4_900,
  zod: 3_900,
  pino: 2_900,
  jsonwebtoken: 2_400,
  helmet: 1_900,
  yaml: 1_900,
  "rate-limiter-flexible": 1_500,
  "lru-cache": 1_200,
  "tar-stream": 900,
  semver: 900,
  "big.js": 700,
  cors: 500,
};

/** Labels as the marketplace takes them; a keyword that is a sentence is none. */
const tagPattern = /^[a-z0-9]([\w.+#/ -]{0,40}[\w+#])?$/;

/** The listing's slug: `@scope/some.name` is `scope-some-name`. */
function slugOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return slug.slice(0, 90);
}

export function listingOf(manifest: Manifest): NewListing {
  const { name, description, license, homepage } = manifest;
  const keywords = [...new Set(manifest.keywords.map((keyword) => keyword.toLowerCase().trim()))];
  const words = new Set([...keywords, ...name.toLowerCase().split(/[^a-z0-9]+/)]);
  const price = prices[name];
  const publisher = publisherOf(manifest);
  const summary = description.replace(/\s+/g, " ").trim().slice(0, 300) || `The npm package ${name}`;
  return {
    publisherId: publisherIdOf(publisher),
    publisherName: publisher,
    slug: slugOf(name),
    name,
    kind: kinds.find(([, some]) => some.some((word) => words.has(word)))?.[0] ?? "package",
    summary: summary.toWellFormed(),
    description: [summary, `Licence: ${license}`, homepage && `Homepage: ${homepage}`].filter(Boolean).join("\n\n"),
    category: categories.find(([, some]) => some.some((word) => words.has(word)))?.[0] ?? "libraries",
    tags: keywords.filter((keyword) => tagPattern.test(keyword)).slice(0, 20),
    price: price === undefined ? null : { amount: price, currency: "usd" },
  };
}

/** The author, else whose repository it is, else the npm scope. */
function publisherOf({ name, author, repository }: Manifest): string {
  const written = author?.replace(/\s*[<(].*$/, "").trim();
  const owner =
    /github(?:\.com[/:]|:)([\w-]+)\//.exec(repository ?? "")?.[1] ?? /^([\w-]+)\/[\w.-]+$/.exec(repository ?? "")?.[1];
  return (written || owner || /^@([^/]+)\//.exec(name)?.[1] || "npm").slice(0, 100);
}

/** The same publisher has the same id in every start. */
function publisherIdOf(publisher: string): string {
  return `org_${createHash("sha256").update(publisher).digest("hex").slice(0, 26)}`;
}
