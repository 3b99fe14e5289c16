/** The shapes of the marketplace, as clients see them. */
import { billingIntervals, listingKinds, listingStatuses, purchaseStatuses, searchSorts } from "@revops/marketplace";
import { z } from "zod";
import { exampleId } from "../schemas/examples.ts";
import { cursorSchema, listSchema, moneySchema, timeSchema } from "../schemas/schemas.ts";

const priceSchema = moneySchema.nullable().meta({ description: "Null is free." });

export const licenseTermsSchema = z
  .strictObject({
    tier: z.string().max(50).optional().meta({ description: "An edition, such as `team`." }),
    limits: z.record(z.string().max(50), z.int().min(0)).optional().meta({ description: "Named limits." }),
    maxActivations: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .meta({ description: "Devices at once; any number when left out." }),
    versions: z
      .union([z.enum(["all", "major"]), z.strictObject({ below: z.string().max(256) })])
      .optional()
      .meta({
        description:
          "Which versions it covers: all, those of the latest major version when bought, or those before one.",
      }),
  })
  .meta({ id: "LicenseTerms" });

const packageMembers = {
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  kind: z.enum(listingKinds),
  status: z.enum(listingStatuses),
  summary: z.string(),
  description: z.string(),
  category: z.string(),
  tags: z.array(z.string()),
  publisher: z.object({ id: z.string(), name: z.string().nullable() }),
  price: priceSchema,
  interval: z.enum(billingIntervals).nullable().meta({ description: "How often the price is due; null is once." }),
  licenseTerms: licenseTermsSchema,
  course: z.object({ lessons: z.array(z.object({ id: z.string(), title: z.string() })) }).nullable(),
  moderationReason: z.string().nullable(),
  latestVersion: z.string().nullable(),
  rating: z.object({ average: z.number().nullable(), count: z.int() }),
  downloads: z.int().meta({ description: "How many customers have downloaded it." }),
  createdAt: timeSchema,
};

export const packageExample = {
  id: exampleId("pkg"),
  slug: "csv-tools",
  name: "CSV tools",
  kind: "package",
  status: "draft",
  summary: "Reads and writes CSV",
  description: "Streams, typed rows, no dependencies.",
  category: "files",
  tags: ["csv", "streams"],
  publisher: { id: exampleId("usr"), name: null },
  price: { amount: 2900, currency: "usd" },
  interval: null,
  licenseTerms: { maxActivations: 3 },
  course: null,
  moderationReason: null,
  latestVersion: null,
  rating: { average: null, count: 0 },
  downloads: 0,
  createdAt: "2026-11-22T16:41:00.000Z",
};
export const packageSchema = z.object(packageMembers).meta({
  id: "Package",
  example: packageExample,
});

export const versionExample = {
  version: "1.0.0",
  size: 16,
  sha256: "a00cfe11a8d9484d2bbae570170e994d1c0acb5c4236e317ad603b7083a18ef0",
  publishedAt: "2026-11-22T16:41:00.000Z",
  yanked: false,
  deprecation: null,
};

export const versionSchema = z
  .object({
    version: z.string(),
    size: z.int().meta({ description: "Bytes." }),
    sha256: z.string().meta({ description: "Of the bytes, in hexadecimal." }),
    publishedAt: timeSchema,
    yanked: z.boolean(),
    deprecation: z.string().nullable().meta({ description: "What to use instead." }),
  })
  .meta({
    id: "PackageVersion",
    example: versionExample,
  });

export const packageDetailsSchema = z.object({ ...packageMembers, versions: z.array(versionSchema) }).meta({
  id: "PackageDetails",
  example: { ...packageExample, versions: [] },
});

const facetSchema = z.array(z.object({ value: z.string(), count: z.int() }));

export const searchResultSchema = listSchema(packageSchema)
  .extend({
    facets: z
      .object({ category: facetSchema, kind: facetSchema })
      .meta({ description: "How the matches are spread, each facet regardless of its own filter." }),
    facetsExhaustive: z.boolean().meta({
      description:
        "Whether every match is counted. If not, the 250 most popular are: there are at least as many as a count says. It is true up to 250 matches, and always in a catalogue of up to 2,000 listings.",
    }),
    corrected: z.string().nullable().meta({
      description: "What was searched instead of a query that found nothing and had a misspelt word.",
    }),
  })
  .meta({
    id: "PackageSearchResult",
    example: {
      data: [
        {
          ...packageExample,
          status: "published",
          summary: "Reads and writes CSV, as a stream",
          price: { amount: 1900, currency: "usd" },
          latestVersion: "1.0.0",
        },
      ],
      nextCursor: null,
      facets: { category: [{ value: "files", count: 1 }], kind: [{ value: "package", count: 1 }] },
      facetsExhaustive: true,
      corrected: null,
    },
  });

/** The currency of a `maxPrice` that is a bare number. */
const shopCurrency = "usd";
const minorUnits = z.int().min(0);

const maxPriceSchema = z
  .union([
    minorUnits.transform((amount) => ({ amount, currency: shopCurrency })),
    z.strictObject({ amount: minorUnits, currency: z.string().regex(/^[a-z]{3}$/) }),
  ])
  .meta({ description: "Free ones, and those up to this price. A bare number is cents of US dollars." });

export const searchInputSchema = z.strictObject({
  query: z
    .string()
    .max(1_000)
    .optional()
    .meta({ description: "Words that must all occur; the last may be a beginning." }),
  category: z.string().max(100).optional(),
  kind: z.enum(listingKinds).optional(),
  tags: z.array(z.string().max(100)).max(20).optional().meta({ description: "All of them." }),
  maxPrice: maxPriceSchema.optional(),
  sort: z.enum(searchSorts).optional(),
  limit: z.int().min(1).max(100).default(20),
  cursor: cursorSchema.optional(),
});

export const purchaseExample = {
  id: exampleId("pur"),
  packageId: exampleId("pkg"),
  status: "paid",
  price: { amount: 1900, currency: "usd" },
  commission: { amount: 285, currency: "usd" },
  refunded: null,
  subscription: null,
  licenseKey: "rvl-GFAYT-8QK2M-ZX4VB-N7C3H-WJ5RD",
  createdAt: "2026-11-22T16:41:00.000Z",
};
export const purchaseSchema = z
  .object({
    id: z.string(),
    packageId: z.string(),
    status: z.enum(purchaseStatuses),
    price: priceSchema,
    commission: moneySchema.nullable().meta({ description: "What the marketplace keeps of the price." }),
    refunded: moneySchema.nullable().meta({ description: "What went back so far." }),
    subscription: z
      .object({
        interval: z.enum(billingIntervals),
        start: timeSchema.nullable(),
        end: timeSchema.nullable(),
        cancelAtPeriodEnd: z.boolean(),
        pastDue: z.boolean().meta({ description: "The last charge was refused and is tried again." }),
      })
      .nullable()
      .meta({ description: "Null for what is bought once." }),
    licenseKey: z.string().nullable().meta({ description: "Once paid." }),
    createdAt: timeSchema,
  })
  .meta({ id: "Purchase", example: purchaseExample });

export const purchaseResultSchema = z.object({
  purchase: purchaseSchema,
  payment: z
    .object({
      id: z.string(),
      status: z.enum(["succeeded", "requires_action", "processing"]),
      clientSecret: z.string().nullable().meta({ description: "With which a browser finishes 3-D Secure." }),
    })
    .nullable(),
});

const licenseMembers = {
  id: z.string(),
  purchaseId: z.string(),
  packageId: z.string(),
  status: z.enum(["active", "suspended", "expired", "revoked"]),
  tier: z.string().nullable(),
  limits: z.record(z.string(), z.int()),
  versionsBelow: z.string().nullable().meta({ description: "The first version that it does not cover." }),
  maxActivations: z.int().nullable().meta({ description: "Devices at once; null is any number." }),
  activations: z.int(),
  issuedAt: timeSchema,
  expiresAt: timeSchema.nullable(),
};

const licenseStateExample = {
  id: exampleId("lic"),
  purchaseId: exampleId("pur"),
  packageId: exampleId("pkg"),
  status: "active",
  tier: null,
  limits: {},
  versionsBelow: null,
  maxActivations: 3,
  activations: 0,
  issuedAt: "2026-11-22T16:41:00.000Z",
  expiresAt: null,
};
const licenseExample = { ...licenseStateExample, key: "rvl-GFAYT-8QK2M-ZX4VB-N7C3H-WJ5RD" };
export const licenseSchema = z.object({ ...licenseMembers, key: z.string() }).meta({
  id: "License",
  example: licenseExample,
});

/** Without its key, for whoever has shown it. */
export const licenseStateSchema = z.object(licenseMembers).meta({
  id: "LicenseState",
  example: { ...licenseStateExample, activations: 1 },
});
