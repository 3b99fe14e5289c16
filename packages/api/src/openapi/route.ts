import { z } from "zod";
import { type Route, route } from "../routes/route.ts";

/** @param document gives the document once all routes are known, this one included */
export function openApiRoute(document: () => object): Route {
  return route({
    method: "get",
    path: "/openapi.json",
    summary: "Show this document",
    credentials: "none",
    response: z.record(z.string(), z.unknown()),
    cache: "no-cache",
    example: { response: { openapi: "3.1.0", info: { title: "RevOps API", version: "1.0.0" } } },
  }).handle(async () => ({ ...document() }));
}
