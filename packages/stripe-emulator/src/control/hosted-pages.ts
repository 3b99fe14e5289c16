/** The pages that Stripe hosts: invoices, the bank's question, checkout, the customer portal, and a connected account's onboarding. */
import { type Request, Router } from "express";
import type { Work } from "../emulator/work.ts";
import { invalidRequest, StripeFailure } from "../errors.ts";
import { need, type Scope } from "../scope.ts";
import type { ObjectStore } from "../store/objects.ts";
import { authenticate, authenticationPage, findIntent } from "./authentication-page.ts";
import { checkoutPage, findSession, payOnPage, redeemOnPage, successAddress } from "./checkout-page.ts";
import { guarded, query, wantsPage } from "./handling.ts";
import { findInvoice, invoicePage, payFromPage } from "./invoice-page.ts";
import { expiredTo, findAccountLink, onboard, onboardingPage } from "./onboarding-page.ts";
import { actOnPortal, findPortal, portalPage } from "./portal-page.ts";

const nobody = { id: null, idempotencyKey: null };

export function hostedPages(options: {
  readonly work: Work;
  readonly objects: ObjectStore;
  readonly committed: () => void;
}): Router {
  const { work, objects, committed } = options;
  const router = Router();

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
      else if (wantsPage(request)) response.redirect(303, request.originalUrl);
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
  return router;
}
