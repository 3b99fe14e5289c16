import type { createDocument } from "zod-openapi";

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** Express' `/keys/:id` as OpenAPI's `/keys/{id}`. */
export const documentedPath = (path: string) => path.replace(/:(\w+)/g, "{$1}");

export const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
