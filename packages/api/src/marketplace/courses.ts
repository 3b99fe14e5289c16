/** Courses and their certificates. */
import { isRevopsError } from "@revops/core";
import type { Certificate } from "@revops/marketplace";
import { z } from "zod";
import { wantsPage } from "../pages/page.ts";
import { type Route, route } from "../routes/route.ts";
import { exampleId } from "../schemas/examples.ts";
import { idOf, idSchema, timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { answerCertificate, answerNoCertificate, certificatePagePath } from "./certificate-page.ts";

const params = z.object({ id: idOf("pkg").meta({ description: "The course's id or slug." }) });

const progressSchema = z
  .object({
    packageId: z.string(),
    lessons: z.array(z.object({ id: z.string(), title: z.string(), completed: z.boolean() })),
    completed: z.boolean(),
    certificateId: z.string().nullable(),
  })
  .meta({
    id: "CourseProgress",
    example: {
      packageId: exampleId("pkg"),
      lessons: [{ id: "shapes", title: "Shapes", completed: false }],
      completed: false,
      certificateId: null,
    },
  });

const certificateSchema = z
  .object({
    id: z.string(),
    packageId: z.string(),
    title: z.string(),
    holder: z.string(),
    issuedAt: timeSchema,
    revokedAt: timeSchema.nullable(),
    signed: z.string().nullable().meta({
      description:
        "Checked without a network by `verifyCertificate` of `@revops/marketplace/license`; null once revoked.",
    }),
    url: z.string().meta({
      description:
        "A page that shows whoever is sent its address whether the certificate is genuine. A path on this server.",
    }),
  })
  .meta({
    id: "Certificate",
    example: {
      id: exampleId("cert"),
      packageId: exampleId("pkg"),
      title: "SHACL in depth",
      holder: "Ada Lovelace",
      issuedAt: "2026-11-22T16:41:00.000Z",
      revokedAt: null,
      signed: "eyJhbGciOiJFZERTQSIsImtpZCI6ImxrXzAx…",
      url: `/api/v1/marketplace/certificates/${exampleId("cert")}/page`,
    },
  });

export function courseRoutes({ marketplace: { courses } }: Pick<ApiServices, "marketplace">): Route[] {
  return [
    route({
      method: "get",
      path: "/marketplace/packages/:id/progress",
      summary: "Show how far I am in a course",
      credentials: "required",
      scope: "marketplace:read",
      params,
      response: progressSchema,
      errors: ["payment_required"],
      charge: "api_call",
    }).handle(({ principal: { subjectId }, params: { id } }) => courses.progress({ subjectId, listingId: id })),

    route({
      method: "post",
      path: "/marketplace/packages/:id/lessons/:lesson/complete",
      summary: "Complete a lesson",
      credentials: "required",
      scope: "marketplace:write",
      params: params.extend({ lesson: idSchema }),
      response: progressSchema,
      errors: ["payment_required", "lesson_not_found"],
      charge: "api_call",
      example: {
        params: { lesson: "shapes" },
        response: { lessons: [{ id: "shapes", title: "Shapes", completed: true }], completed: true },
      },
    }).handle(({ principal: { subjectId }, params: { id, lesson } }) =>
      courses.completeLesson({ subjectId, listingId: id, lessonId: lesson }),
    ),

    route({
      method: "post",
      path: "/marketplace/packages/:id/certificate",
      summary: "Ask for the certificate of a completed course",
      description: "Asked for again, it is the same one.",
      credentials: "required",
      scope: "marketplace:write",
      params,
      body: z.strictObject({ holder: z.string().min(1).max(200).meta({ description: "Whom it is made out to." }) }),
      response: certificateSchema,
      errors: ["payment_required", "course_not_completed", "invalid_holder"],
      charge: "api_call",
      example: { body: { holder: "Ada Lovelace" } },
    }).handle(async ({ principal: { subjectId }, params: { id }, body: { holder }, request }) =>
      shown(await courses.certify({ subjectId, listingId: id, holder }), request),
    ),

    route({
      method: "get",
      path: "/marketplace/certificates/:certificateId",
      summary: "Show a certificate to whoever was shown its id",
      credentials: "none",
      params: z.object({ certificateId: idOf("cert") }),
      response: certificateSchema,
    }).handle(async ({ params: { certificateId }, request }) =>
      shown(await courses.certificate(certificateId), request),
    ),

    route({
      method: "get",
      path: "/marketplace/certificates/:certificateId/page",
      summary: "Show a certificate as a page",
      description:
        "For people: whether it is genuine, whose it is, what for. It needs no script. A number that was never given is a page too, and 404.",
      credentials: "none",
      params: z.object({ certificateId: idOf("cert") }),
      response: "page",
    }).handle(async ({ params: { certificateId }, request, response }) => {
      response.vary("Accept");
      const certificate = await courses.certificate(certificateId).catch((error: unknown) => {
        if (isRevopsError(error, "certificate_not_found") && wantsPage(request)) return null;
        throw error;
      });
      if (certificate) answerCertificate(response, certificate, `${request.baseUrl}/marketplace/license-keys`);
      else answerNoCertificate(response);
    }),
  ];
}

const shown = (certificate: Certificate, request: { readonly baseUrl: string }) => ({
  ...certificate,
  url: certificatePagePath(request, certificate.id),
});
