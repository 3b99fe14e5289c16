import express, { type Request, type Response, Router } from "express";
import type { EmulatorClock } from "../clock/emulator-clock.ts";
import type { Work } from "../emulator/work.ts";
import { invalidRequest, resourceMissing, StripeFailure } from "../errors.ts";
import type { Deliveries } from "../events/deliveries.ts";
import type { Faults } from "../faults/faults.ts";
import { readFault } from "../faults/read-fault.ts";
import { need, type Scope } from "../scope.ts";
import { readSeed, type Seed } from "../seed/seed.ts";
import type { RequestLog } from "../server/request-log.ts";
import type { BillingSettings, BillingSettingsStore } from "../settings/billing-settings.ts";
import type { Kind } from "../store/kinds.ts";
import type { ObjectStore } from "../store/objects.ts";
import { authenticate, authenticationPage, findIntent } from "./authentication-page.ts";
import { checkoutPage, findSession, payOnPage, redeemOnPage, successAddress } from "./checkout-page.ts";
import { inspectorPage, kindPage, objectPage, refusalPage } from "./inspector.ts";
import { findInvoice, invoicePage, payFromPage } from "./invoice-page.ts";
import { expiredTo, findAccountLink, onboard, onboardingPage } from "./onboarding-page.ts";
import { actOnPortal, findPortal, portalPage } from "./portal-page.ts";

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

const nobody = { id: null, idempotencyKey: null };

function failureStatus(error: unknown): { status: number; message: string } {
  if (error instanceof StripeFailure) return { status: error.status, message: error.message };
  if (error instanceof RangeError) return { status: 400, message: error.message };
  throw error;
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

/** Whether a person looks, and not a program. */
const wantsPage = (request: Request) => request.accepts(["json", "html"]) === "html";

/** What Stripe has no API for: the inspector, the clock, a reset, sending an event again, and the hosted 3D Secure page. */
export function controlRouter(options: ControlOptions): Router {
  const { work, objects, clock, deliveries, faults, seed, settings, log, committed, reset } = options;
  const router = Router();
  router.use(express.json({ limit: "1mb" }), express.urlencoded({ extended: false, limit: "64kb" }));
  const guarded =
    (handle: (request: Request, response: Response) => Promise<unknown> | unknown) =>
    async (request: Request, response: Response) => {
      try {
        await handle(request, response);
      } catch (error) {
        const { status, message } = failureStatus(error);
        response.status(status);
        if (wantsPage(request)) response.send(refusalPage(message));
        else response.json({ error: { type: "invalid_request_error", message } });
      }
    };
  /** Work of a page in one transaction; a refusal is told on the page, and leaves nothing unless Stripe keeps what was done. */
  const attempted = (
    act: (scope: Scope) => { next: string },
  ): { next: string } | { notice: string; status: number } => {
    try {
      const done = work.run(nobody, (scope) => {
        try {
          return act(scope);
        } catch (error) {
          if (!(error instanceof StripeFailure) || !error.keepsWork) throw error;
          return { notice: error.message, status: error.status };
        }
      });
      committed();
      return done;
    } catch (error) {
      if (!(error instanceof StripeFailure)) throw error;
      return { notice: error.message, status: error.status };
    }
  };
  const query = (request: Request) => new URL(request.originalUrl, "http://localhost").searchParams;

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
  router.get(
    "/invoices/:id",
    guarded((request, response) => {
      const invoice = work.run(nobody, (scope) =>
        findInvoice(scope, String(request.params["id"]), query(request).get("secret")),
      );
      const failed = query(request).get("redirect_status") === "failed" && invoice.status === "open";
      response.send(
        invoicePage(invoice, request.originalUrl, failed ? "The authentication failed: nothing was paid." : ""),
      );
    }),
  );
  router.post(
    "/invoices/:id",
    guarded((request, response) => {
      const method: unknown = request.body?.payment_method;
      if (typeof method !== "string")
        throw invalidRequest("Say payment_method=pm_card_visa.", { param: "payment_method" });
      const outcome = work.run(nobody, (scope) => {
        const invoice = findInvoice(scope, String(request.params["id"]), query(request).get("secret"));
        try {
          return { ...payFromPage(scope, invoice, method), notice: "" };
        } catch (error) {
          // A decline keeps what it did, as over the API.
          if (!(error instanceof StripeFailure) || !error.keepsWork) throw error;
          return { invoice: need(scope, "invoice", invoice.id), authenticate: null, notice: error.message };
        }
      });
      committed();
      if (outcome.authenticate !== null) response.redirect(303, outcome.authenticate);
      // Sent back to the page itself, so that a reload does not pay again.
      else if (outcome.notice === "") response.redirect(303, outcome.invoice.hosted_invoice_url ?? request.originalUrl);
      else response.send(invoicePage(outcome.invoice, request.originalUrl, outcome.notice));
    }),
  );
  router.get(
    "/authenticate/:id",
    guarded((request, response) => {
      const intent = work.run(nobody, (scope) =>
        findIntent(scope, String(request.params["id"]), query(request).get("client_secret")),
      );
      response.send(authenticationPage(intent, request.originalUrl));
    }),
  );
  router.post(
    "/authenticate/:id",
    guarded((request, response) => {
      const outcome: unknown = request.body?.outcome;
      if (outcome !== "complete" && outcome !== "fail")
        throw invalidRequest("Say outcome=complete or outcome=fail.", { param: "outcome" });
      const next = work.run(nobody, (scope) => {
        const intent = findIntent(scope, String(request.params["id"]), query(request).get("client_secret"));
        return { id: intent.id, url: authenticate(scope, intent, outcome, query(request).get("return_url")) };
      });
      committed();
      if (next.url !== null) response.redirect(303, next.url);
      // A browser sees what became of it; a script gets the intent.
      else if (request.accepts(["json", "html"]) === "html") response.redirect(303, request.originalUrl);
      else response.json(objects.findAny(next.id));
    }),
  );
  router.get(
    "/checkout/:id",
    guarded((request, response) => {
      const failed = query(request).get("redirect_status") === "failed";
      const shown = work.run(nobody, (scope) => {
        const session = findSession(scope, String(request.params["id"]));
        // Back from their bank: on to the shop when that was the last step.
        const next =
          session.status === "complete" && query(request).has("redirect_status") ? successAddress(session) : "";
        return {
          next,
          page: checkoutPage(scope, session, failed ? "The authentication failed: nothing was paid." : ""),
        };
      });
      if (shown.next === "") response.send(shown.page);
      else response.redirect(303, shown.next);
    }),
  );
  router.post(
    "/checkout/:id",
    guarded((request, response) => {
      const id = String(request.params["id"]);
      const outcome = attempted((scope) => {
        const session = findSession(scope, id);
        if (request.body?.step !== "code") return payOnPage(scope, session, request.body);
        redeemOnPage(scope, session, request.body);
        return { next: `/_emulator/checkout/${id}` };
      });
      if ("next" in outcome) response.redirect(303, outcome.next);
      else
        response
          .status(outcome.status)
          .send(work.run(nobody, (scope) => checkoutPage(scope, findSession(scope, id), outcome.notice)));
    }),
  );
  const viewOf = (request: Request, notice: string) => ({
    view: query(request).get("view") ?? "",
    subscription: query(request).get("subscription") ?? "",
    price: query(request).get("price") ?? "",
    notice,
  });
  router.get(
    "/portal/:key",
    guarded((request, response) => {
      const notice =
        query(request).get("redirect_status") === "failed" ? "The authentication failed: the card was not added." : "";
      response.send(
        work.run(nobody, (scope) => {
          const session = findPortal(scope, String(request.params["key"]));
          return portalPage(scope, session, viewOf(request, notice));
        }),
      );
    }),
  );
  router.post(
    "/portal/:key",
    guarded((request, response) => {
      const key = String(request.params["key"]);
      const outcome = attempted((scope) => actOnPortal(scope, findPortal(scope, key), request.body));
      if ("next" in outcome) response.redirect(303, outcome.next);
      else {
        const view = { view: request.body?.step === "card" ? "card" : "home", subscription: "", price: "" };
        response
          .status(outcome.status)
          .send(
            work.run(nobody, (scope) => portalPage(scope, findPortal(scope, key), { ...view, notice: outcome.notice })),
          );
      }
    }),
  );
  router.get(
    "/onboarding/:id",
    guarded((request, response) => {
      const shown = work.run(nobody, (scope) => {
        const link = findAccountLink(scope, String(request.params["id"]));
        const elsewhere = expiredTo(scope, link);
        return { elsewhere, page: elsewhere === null ? onboardingPage(scope, link) : "" };
      });
      if (shown.elsewhere !== null) response.redirect(303, shown.elsewhere);
      else response.send(shown.page);
    }),
  );
  router.post(
    "/onboarding/:id",
    guarded((request, response) => {
      const next = work.run(nobody, (scope) => {
        const link = findAccountLink(scope, String(request.params["id"]));
        return expiredTo(scope, link) ?? onboard(scope, link, request.body?.outcome);
      });
      committed();
      response.redirect(303, next);
    }),
  );
  router.use((request, response, next) => {
    if (request.method === "GET" && wantsPage(request))
      response.status(404).send(refusalPage("There is no such page."));
    else next();
  });
  return router;
}
