/** Courses and their certificates. */
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import { exampleId } from "../schemas/examples.ts";
import { idOf, idSchema, timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";

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
    }).handle(({ principal: { subjectId }, params: { id }, body: { holder } }) =>
      courses.certify({ subjectId, listingId: id, holder }),
    ),

    route({
      method: "get",
      path: "/marketplace/certificates/:certificateId",
      summary: "Show a certificate to whoever was shown its id",
      credentials: "none",
      params: z.object({ certificateId: idOf("cert") }),
      response: certificateSchema,
    }).handle(({ params: { certificateId } }) => courses.certificate(certificateId)),
  ];
}
