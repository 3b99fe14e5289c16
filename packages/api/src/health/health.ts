/** Probes: whether the process lives, and whether it should be sent requests. */
import { z } from "zod";
import { apiErrors } from "../problems/errors.ts";
import { type Route, route } from "../routes/route.ts";
import { checkDependencies, type DependencyCheck } from "./readiness.ts";

export interface HealthOptions {
  readonly dependencies: Readonly<Record<string, DependencyCheck>>;
  /** Whether this instance is about to end. */
  readonly isDraining: () => boolean;
}

const dependencySchema = z.object({
  state: z.enum(["up", "down"]),
  latencyMs: z.number(),
  optional: z.literal(true).optional(),
});

export function healthRoutes({ dependencies: checks, isDraining }: HealthOptions): Route[] {
  return [
    route({
      method: "get",
      path: "/health",
      summary: "Say that the process lives",
      credentials: "none",
      response: z.object({ status: z.literal("ok") }),
      rateLimit: false,
    }).handle(async () => ({ status: "ok" as const })),

    route({
      method: "get",
      path: "/ready",
      summary: "Say whether the dependencies answer",
      description:
        "503 while the instance shuts down or a dependency is away; the problem names the `dependencies` too.",
      credentials: "none",
      response: z.object({ status: z.literal("ready"), dependencies: z.record(z.string(), dependencySchema) }),
      errors: ["draining", "service_unavailable"],
      rateLimit: false,
      example: { response: { dependencies: { database: { state: "up", latencyMs: 0.4 } } } },
    }).handle(async () => {
      const dependencies = await checkDependencies(checks);
      if (isDraining()) throw apiErrors.draining({ fields: { dependencies } });
      if (Object.values(dependencies).some(({ state, optional }) => state === "down" && !optional)) {
        throw apiErrors.service_unavailable({ fields: { dependencies } });
      }
      return { status: "ready" as const, dependencies };
    }),
  ];
}
