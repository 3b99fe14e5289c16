import express, { Router } from "express";
import type { EmulatorClock } from "../clock/emulator-clock.ts";
import type { Work } from "../emulator/work.ts";
import { invalidRequest, resourceMissing, StripeFailure } from "../errors.ts";
import type { Deliveries } from "../events/deliveries.ts";
import type { Faults } from "../faults/faults.ts";
import { readFault } from "../faults/read-fault.ts";
import { readSeed, type Seed } from "../seed/seed.ts";
import type { RequestLog } from "../server/request-log.ts";
import type { BillingSettings, BillingSettingsStore } from "../settings/billing-settings.ts";
import type { Kind } from "../store/kinds.ts";
import type { ObjectStore } from "../store/objects.ts";
import { guarded, query, wantsPage } from "./handling.ts";
import { hostedPages } from "./hosted-pages.ts";
import { inspectorPage, kindPage, objectPage, refusalPage } from "./inspector.ts";

export interface ControlOptions {
  work: Work;
  objects: ObjectStore;
  clock: EmulatorClock;
  deliveries: Deliveries;
  faults: Faults;
  settings: BillingSettingsStore;
  seed(seed: Seed): Record<string, object>;
  log: RequestLog;
  committed(): void;
  reset(): Promise<void>;
}

/** Where a `POST /_emulator/clock` wants to go. */
function targetOf(body: unknown): Date | number {
  const wish: { advanceSeconds?: unknown; to?: unknown } = typeof body === "object" && body !== null ? body : {};
  if (typeof wish.advanceSeconds === "number" && Number.isFinite(wish.advanceSeconds))
    return wish.advanceSeconds * 1000;
  if (typeof wish.to === "string" && /^\d{4}-\d{2}-\d{2}T/.test(wish.to) && !Number.isNaN(Date.parse(wish.to)))
    return new Date(wish.to);
  throw invalidRequest('Say { "advanceSeconds": 3600 } or { "to": "2030-01-31T12:00:00Z" }.');
}

/** What of the dashboard's settings a `POST /_emulator/settings` changes. */
function readSettings(body: unknown): Partial<BillingSettings> {
  const wish = typeof body === "object" && body !== null ? body : {};
  const unknown = Object.keys(wish).find((name) => name !== "afterLastRetry" && name !== "retryDays");
  if (unknown !== undefined) throw new RangeError(`There is no setting "${unknown}": afterLastRetry, retryDays.`);
  return wish;
}

/** What Stripe has no API for: the inspector, the clock, a reset, faults, sending an event again; and the pages that it hosts. */
export function controlRouter(options: ControlOptions): Router {
  const { work, objects, clock, deliveries, faults, seed, settings, log, committed, reset } = options;
  const router = Router();
  router.use(express.json({ limit: "1mb" }), express.urlencoded({ extended: false, limit: "64kb" }));
  router.get("/", (request, response) => {
    const wanted = query(request).get("kind");
    const kind = objects.counts().find((one) => one.kind === wanted)?.kind;
    response.send(
      kind === undefined
        ? inspectorPage({ objects, deliveries, log, now: clock.now() })
        : kindPage(objects, kind as Kind),
    );
  });
  router.get(
    "/objects/:id",
    guarded((request, response) => {
      const object = objects.findAny(String(request.params["id"]));
      if (object === undefined)
        throw new StripeFailure(404, { type: "invalid_request_error", message: "There is no such object." });
      response.send(objectPage(object));
    }),
  );
  router.get("/deliveries", (_request, response) => {
    response.json({ deliveries: deliveries.list(100), attempts: deliveries.attempts(100) });
  });
  router.post(
    "/seed",
    guarded((request, response) => {
      response.status(201).json(seed(readSeed(request.body)));
    }),
  );
  router.get("/settings", (_request, response) => {
    response.json(settings.read());
  });
  router.post(
    "/settings",
    guarded((request, response) => {
      response.json(settings.write(readSettings(request.body)));
    }),
  );
  router.get("/requests", (_request, response) => {
    response.json({ requests: log.list(100) });
  });
  router.get("/faults", (_request, response) => {
    response.json({ faults: faults.list() });
  });
  router.post(
    "/faults",
    guarded((request, response) => {
      response.status(201).json(faults.add(readFault(request.body)));
    }),
  );
  router.delete("/faults", (_request, response) => {
    faults.clear();
    response.json({ faults: faults.list() });
  });
  router.delete("/faults/:id", (request, response) => {
    faults.clear(String(request.params["id"]));
    response.json({ faults: faults.list() });
  });
  router.get("/clock", (_request, response) => {
    response.json({ now: clock.now().toISOString() });
  });
  router.post(
    "/clock",
    guarded(async (request, response) => {
      await clock.advance(targetOf(request.body));
      response.json({ now: clock.now().toISOString() });
    }),
  );
  router.post(
    "/reset",
    guarded(async (_request, response) => {
      await reset();
      response.json({ reset: true });
    }),
  );
  router.post(
    "/events/:id/resend",
    guarded(async (request, response) => {
      const event = objects.find("event", String(request.params["id"]));
      if (event === undefined) throw resourceMissing("event", String(request.params["id"]));
      deliveries.resend(event.id);
      await deliveries.settle();
      if (wantsPage(request)) response.redirect(303, "/_emulator");
      else response.json(objects.find("event", event.id));
    }),
  );
  router.use(hostedPages({ work, objects, committed }));
  router.use((request, response, next) => {
    if (request.method === "GET" && wantsPage(request))
      response.status(404).send(refusalPage("There is no such page."));
    else next();
  });
  return router;
}
