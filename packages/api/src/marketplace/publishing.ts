/** What publishers do with their packages. */
import { createReadStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { billingIntervals, listingKinds } from "@revops/marketplace";
import { z } from "zod";
import { withUpload } from "../bodies/multipart.ts";
import { apiErrors } from "../problems/errors.ts";
import { validationFailed } from "../problems/problem.ts";
import { type Route, route } from "../routes/route.ts";
import { idOf, listSchema, pageQuerySchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { licenseTermsSchema, packageDetailsSchema, packageSchema, versionSchema } from "./schemas.ts";

const params = z.object({ id: idOf("pkg").meta({ description: "The package's id or slug." }) });
const versionParams = params.extend({ version: z.string().min(1).max(256).meta({ example: "1.0.0" }) });

const about = {
  name: z.string().min(1).max(200),
  summary: z.string().min(1).max(500),
  description: z.string().max(100_000),
  category: z.string().min(1).max(50),
  tags: z.array(z.string().min(1).max(50)).max(20),
  price: z
    .strictObject({ amount: z.int().min(1), currency: z.string().regex(/^[a-z]{3}$/) })
    .nullable()
    .meta({ description: "Null is free." }),
  interval: z.enum(billingIntervals).nullable().meta({ description: "How often the price is due; null is once." }),
  publisherName: z.string().min(1).max(200).meta({ description: "As shown to buyers." }),
  licenseTerms: licenseTermsSchema,
  course: z
    .strictObject({
      lessons: z.array(z.strictObject({ id: z.string().min(1).max(100), title: z.string().min(1).max(200) })).max(500),
    })
    .nullable()
    .meta({ description: "For the kind `course`." }),
};

const newPackageSchema = z.strictObject({
  slug: z.string().min(1).max(100).meta({ description: "Lower-case letters and digits with single hyphens between." }),
  kind: z.enum(listingKinds),
  name: about.name,
  summary: about.summary,
  description: about.description.default(""),
  category: about.category,
  tags: about.tags.default([]),
  price: about.price.default(null),
  interval: about.interval.optional(),
  publisherName: about.publisherName.optional(),
  licenseTerms: about.licenseTerms.optional(),
  course: about.course.optional(),
  draft: z.boolean().default(false).meta({
    description: "Waits to be published. Otherwise it is on sale at once, or with its first version.",
  }),
});

const changesSchema = z.strictObject({
  name: about.name.optional(),
  summary: about.summary.optional(),
  description: about.description.optional(),
  category: about.category.optional(),
  tags: about.tags.optional(),
  price: about.price.optional(),
  interval: about.interval.optional(),
  publisherName: about.publisherName.optional(),
  licenseTerms: about.licenseTerms.optional(),
  course: about.course.optional(),
});

const versionFormSchema = z.strictObject({ version: z.string().min(1).max(256) });
/** More than the marketplace takes unless it is told otherwise: what it takes is for it to say. */
const largestUpload = 1_000_000_000;

export function publishingRoutes({ marketplace }: Pick<ApiServices, "marketplace">): Route[] {
  const { listings, versions } = marketplace;

  /** Looked at before a byte of the form is read. */
  async function assertOwn(listingId: string, publisherId: string): Promise<void> {
    const { publisher } = await listings.get(listingId, { viewerId: publisherId });
    if (publisher.id !== publisherId) throw apiErrors.not_found();
  }

  async function publishVersion(request: IncomingMessage, listingId: string, publisherId: string) {
    await assertOwn(listingId, publisherId);
    return withUpload(request, { fileBytes: largestUpload }, async ({ fields, files }) => {
      const { artifact, ...others } = files;
      const unknown = Object.keys(others).map((path) => ({ path, message: "This field is not known" }));
      const read = versionFormSchema.safeParse({ ...fields });
      if (!read.success) throw validationFailed(read.error);
      if (!artifact) unknown.push({ path: "artifact", message: "A file is needed" });
      if (!artifact || unknown.length > 0) throw apiErrors.validation_failed({ fields: { errors: unknown } });
      const { path, fileName } = artifact;
      const { version } = read.data;
      return versions.publish({ listingId, publisherId, version, fileName, artifact: createReadStream(path) });
    });
  }

  return [
    route({
      method: "post",
      path: "/marketplace/packages",
      summary: "Offer a package",
      description: "The publisher is who asks: a user, or the organization that they act for.",
      credentials: "required",
      scope: "marketplace:write",
      body: newPackageSchema,
      bodyLimit: 500_000,
      status: 201,
      response: packageDetailsSchema,
      errors: ["slug_taken", "invalid_listing", "listing_suspended"],
      idempotent: "in-transaction",
      charge: "api_call",
      example: {
        body: {
          slug: "csv-tools",
          kind: "package",
          name: "CSV tools",
          summary: "Reads and writes CSV",
          description: "Streams, typed rows, no dependencies.",
          category: "files",
          tags: ["csv", "streams"],
          price: { amount: 2900, currency: "usd" },
          licenseTerms: { maxActivations: 3 },
        },
      },
    }).handle(async ({ principal: { subjectId }, body: { draft, ...listing }, tx }) => {
      const { id } = await listings.create({ ...listing, publish: !draft, publisherId: subjectId }, tx);
      return listings.get(id, { viewerId: subjectId }, tx);
    }),

    route({
      method: "get",
      path: "/marketplace/publisher/packages",
      summary: "List the packages that I offer",
      credentials: "required",
      scope: "marketplace:read",
      query: pageQuerySchema,
      response: listSchema(packageSchema),
      charge: "api_call",
    }).handle(async ({ principal, query, cursors }) =>
      cursors.list(await listings.listOf(principal.subjectId, cursors.open(query))),
    ),

    route({
      method: "patch",
      path: "/marketplace/packages/:id",
      summary: "Change a package",
      description: "What was bought before stays as it was bought.",
      credentials: "required",
      scope: "marketplace:write",
      params,
      body: changesSchema,
      bodyLimit: 500_000,
      response: packageSchema,
      errors: ["invalid_listing"],
      charge: "api_call",
      example: {
        body: { summary: "Reads and writes CSV, as a stream", price: { amount: 1900, currency: "usd" } },
        response: {
          status: "published",
          summary: "Reads and writes CSV, as a stream",
          price: { amount: 1900 },
          latestVersion: "1.0.0",
        },
      },
    }).handle(({ principal: { subjectId }, params: { id }, body: changes }) =>
      listings.update({ listingId: id, publisherId: subjectId, changes }),
    ),

    route({
      method: "post",
      path: "/marketplace/packages/:id/publish",
      summary: "Put a package on sale",
      description: "Where moderators look first, it waits for them.",
      credentials: "required",
      scope: "marketplace:write",
      params,
      response: packageSchema,
      errors: ["version_required", "listing_suspended"],
      charge: "api_call",
      example: { response: { status: "in_review", latestVersion: "1.0.0" } },
    }).handle(({ principal: { subjectId }, params: { id } }) =>
      listings.publish({ listingId: id, publisherId: subjectId }),
    ),

    route({
      method: "post",
      path: "/marketplace/packages/:id/withdraw",
      summary: "Take a package off sale",
      description: "Its buyers go on downloading it.",
      credentials: "required",
      scope: "marketplace:write",
      params,
      response: packageSchema,
      errors: ["listing_suspended"],
      charge: "api_call",
      example: {
        response: {
          status: "withdrawn",
          summary: "Reads and writes CSV, as a stream",
          price: { amount: 1900 },
          downloads: 1,
        },
      },
    }).handle(({ principal: { subjectId }, params: { id } }) =>
      listings.withdraw({ listingId: id, publisherId: subjectId }),
    ),

    route({
      method: "post",
      path: "/marketplace/packages/:id/versions",
      summary: "Publish a version",
      description: "A form with `version` and the file `artifact`. A version's bytes never change.",
      credentials: "required",
      scope: "marketplace:write",
      params,
      body: "form",
      form: versionFormSchema.extend({ artifact: z.string().meta({ format: "binary" }) }),
      status: 201,
      response: z.object({ version: z.string(), size: z.int(), sha256: z.string() }),
      errors: [
        "invalid_version",
        "version_exists",
        "invalid_artifact",
        "artifact_too_large",
        "artifact_store_unavailable",
        "listing_suspended",
      ],
      charge: "api_call",
      example: {
        body: { version: "1.0.0", artifact: "the file's bytes" },
        response: {
          version: "1.0.0",
          size: 16,
          sha256: "a00cfe11a8d9484d2bbae570170e994d1c0acb5c4236e317ad603b7083a18ef0",
        },
      },
    }).handle(({ principal: { subjectId }, params: { id }, request }) => publishVersion(request, id, subjectId)),

    route({
      method: "post",
      path: "/marketplace/packages/:id/versions/:version/yank",
      summary: "Withdraw a version",
      description: "It is no longer `latest`, and still there for those who name it.",
      credentials: "required",
      scope: "marketplace:write",
      params: versionParams,
      body: z.strictObject({ reason: z.string().max(500).optional() }),
      response: versionSchema,
      charge: "api_call",
      example: { body: { reason: "Loses the last line" }, response: { yanked: true, deprecation: "Use 2.0.0" } },
    }).handle(({ principal: { subjectId }, params: { id, version }, body }) =>
      versions.yank({ listingId: id, version, publisherId: subjectId, ...body }),
    ),

    route({
      method: "post",
      path: "/marketplace/packages/:id/versions/:version/deprecate",
      summary: "Advise against a version",
      credentials: "required",
      scope: "marketplace:write",
      params: versionParams,
      body: z.strictObject({
        message: z
          .string()
          .min(1)
          .max(500)
          .nullable()
          .meta({ description: "What to use instead; null takes it back." }),
      }),
      response: versionSchema,
      errors: ["invalid_version"],
      charge: "api_call",
      example: { body: { message: "Use 2.0.0" }, response: { deprecation: "Use 2.0.0" } },
    }).handle(({ principal: { subjectId }, params: { id, version }, body: { message } }) =>
      versions.deprecate({ listingId: id, version, publisherId: subjectId, message }),
    ),
  ];
}
