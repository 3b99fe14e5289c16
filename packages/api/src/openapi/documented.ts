import type { createDocument } from "zod-openapi";

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** Express' `/keys/:id` as OpenAPI's `/keys/{id}`. */
export const documentedPath = (path: string) => path.replace(/:(\w+)/g, "{$1}");
