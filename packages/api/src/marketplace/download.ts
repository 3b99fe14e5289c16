/** The bytes of a package: conditional, in ranges, with digests. */
import { once } from "node:events";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Download } from "@revops/marketplace";
import type { Request, Response } from "express";
import { z } from "zod";
import { apiErrors } from "../problems/errors.ts";
import { type Route, route } from "../routes/route.ts";
import { idOf, timeSchema } from "../schemas/schemas.ts";
import { wantedRange } from "./byte-range.ts";
import { type PermitServices, permitByLink, permitDownload, previewByLink, previewDownload } from "./permit.ts";

export function downloadRoutes(services: PermitServices): Route[] {
  return [
    route({
      method: "get",
      path: "/marketplace/packages/:id/:version/download",
      summary: "Download a version",
      description:
        "`latest` is a version. The ETag is the SHA-256; `Range` (one), `If-Range`, `If-Match` and `If-None-Match` are honoured. The first download of a template uses one `template_install`.",
      credentials: "required",
      scope: "marketplace:read",
      params: z.object({ id: idOf("pkg"), version: z.string().min(1).max(200).meta({ example: "latest" }) }),
      response: "bytes",
      errors: [
        "payment_required",
        "version_not_licensed",
        "quota_exceeded",
        "precondition_failed",
        "range_not_satisfiable",
        "artifact_store_unavailable",
      ],
      charge: "api_call",
      // The browser of who bought it may keep it, and asks each time whether it is still the same.
      cache: "private, no-cache",
    }).handle(async ({ principal, params, request, response }) => {
      const wanted = { subjectId: principal.subjectId, listingId: params.id, version: params.version };
      const grant = request.method === "HEAD" ? previewDownload : permitDownload;
      await answer(await grant(services, wanted), request, response);
    }),

    route({
      method: "post",
      path: "/marketplace/packages/:id/:version/download-link",
      summary: "Make a link to a version that needs no credentials",
      description:
        "It lasts a short time, and no longer than the right to the version. It is for the bytes of now: `latest` becomes a version.",
      credentials: "required",
      scope: "marketplace:read",
      params: z.object({ id: idOf("pkg"), version: z.string().min(1).max(200).meta({ example: "latest" }) }),
      body: z.strictObject({ seconds: z.int().min(1).max(86_400).default(300) }),
      status: 201,
      response: z.object({
        url: z.string().meta({ description: "Relative to this server: `/api/v1/marketplace/downloads/…`." }),
        version: z.string(),
        expiresAt: timeSchema,
      }),
      errors: ["payment_required", "version_not_licensed"],
      charge: "api_call",
      example: {
        body: { seconds: 600 },
        response: { url: "/api/v1/marketplace/downloads/eyJzIjoidXNyXzAxazh2M3g3YzUi.Qm8sXkT2wYb6", version: "1.0.0" },
      },
    }).handle(async ({ principal: { subjectId }, params: { id, version }, body, request }) => {
      const link = await services.marketplace.downloads.link({ subjectId, listingId: id, version, ...body });
      return { ...link, url: `${request.baseUrl}/marketplace/downloads/${link.token}` };
    }),

    route({
      method: "get",
      path: "/marketplace/downloads/:token",
      summary: "Download by a link",
      credentials: "none",
      params: z.object({ token: z.string().min(1).max(4_000) }),
      response: "bytes",
      errors: [
        "invalid_link",
        "payment_required",
        "version_not_licensed",
        "quota_exceeded",
        "precondition_failed",
        "range_not_satisfiable",
        "artifact_store_unavailable",
      ],
      cache: "private, no-store",
      example: { params: { token: "eyJzIjoidXNyXzAxazh2M3g3YzUi.Qm8sXkT2wYb6" } },
    }).handle(async ({ params: { token }, request, response }) => {
      const grant = request.method === "HEAD" ? previewByLink : permitByLink;
      await answer(await grant(services, token), request, response);
    }),
  ];
}

async function answer(download: Download, request: Request, response: Response): Promise<void> {
  const { size, sha256 } = download;
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = request.headers;
  // RFC 9110 §13.2.2: in this order. A weak tag is none of If-Match's (§13.1.1).
  if (ifMatch !== undefined && !tagsOf(ifMatch).some((tag) => tag === "*" || tag === entityTag(sha256))) {
    throw apiErrors.precondition_failed({ detail: "If-Match names other bytes than these." });
  }
  if (ifNoneMatch !== undefined && isHeldAlready(download, ifNoneMatch)) {
    response.set(headersOf(download)).status(304).end();
    return;
  }
  // A Range is one of a GET alone (§14.2).
  const range = request.method === "GET" ? askedRange(download, request) : null;
  if (range === "outside") {
    response.set("Content-Range", `bytes */${size}`);
    throw apiErrors.range_not_satisfiable({ detail: `The file has ${size} bytes.` });
  }
  response.set(headersOf(download));
  response.set("Content-Length", String(range ? range.end - range.start + 1 : size));
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  if (range) response.status(206).set("Content-Range", `bytes ${range.start}-${range.end}/${size}`);
  await send(download.stream(range ?? undefined), response);
}

function headersOf({ fileName, sha256 }: Download): Record<string, string> {
  const digest = Buffer.from(sha256, "hex").toString("base64");
  return {
    ETag: entityTag(sha256),
    "Content-Type": "application/octet-stream",
    // Slugs, versions and extensions hold nothing that a quoted string would have to escape.
    "Content-Disposition": `attachment; filename="${fileName}"`,
    "Accept-Ranges": "bytes",
    // RFC 3230, and RFC 9530 that follows it: of the whole, whatever range is sent.
    Digest: `sha-256=${digest}`,
    "Repr-Digest": `sha-256=:${digest}:`,
  };
}

const entityTag = (sha256: string) => `"${sha256}"`;

const tagsOf = (field: string) => field.split(",").map((tag) => tag.trim());

/**
 * Whether `If-None-Match` names these bytes (RFC 9110 §13.1.2). Not Express' `fresh`, which heeds the `Cache-Control:
 * no-cache` that fetch adds to every conditional request: that asks caches on the way to ask us, and we are asked.
 */
function isHeldAlready({ sha256 }: Download, ifNoneMatch: string): boolean {
  const tags = tagsOf(ifNoneMatch).map((tag) => tag.replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(entityTag(sha256));
}

/** The range that is asked for; the whole when `If-Range` names other bytes. */
function askedRange({ size, sha256 }: Download, request: Request) {
  const { "if-range": ifRange, range } = request.headers;
  return ifRange === undefined || ifRange === entityTag(sha256) ? wantedRange(range, size) : null;
}

/** Sends the bytes. Nothing is sent before the first of them is there, so what fails until then is still a problem. */
async function send(stream: Readable, response: Response): Promise<void> {
  try {
    await once(stream, "readable");
    await pipeline(stream, response);
  } catch (error) {
    stream.destroy();
    // Whoever hung up wants no answer.
    if (response.destroyed && !stream.errored) return;
    throw error;
  }
}
