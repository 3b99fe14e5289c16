import type Stripe from "stripe";
import { StripeFailure } from "../errors.ts";
import { finishAuthentication } from "../payment-intents/confirm.ts";
import type { Scope } from "../scope.ts";
import { finishSetup } from "../setup-intents/setup-intents.ts";
import { escapeHtml, htmlBadge, htmlPage } from "./html.ts";
import { formatMoney } from "./money.ts";

type Intent = Stripe.PaymentIntent | Stripe.SetupIntent;

/** The intent of a hosted 3D Secure page; its client secret is the key to the page. */
export function findIntent(scope: Scope, id: string, clientSecret: unknown): Intent {
  const intent = scope.objects.find("payment_intent", id) ?? scope.objects.find("setup_intent", id);
  if (intent === undefined || intent.client_secret !== clientSecret) {
    throw new StripeFailure(404, {
      type: "invalid_request_error",
      code: "resource_missing",
      message: "There is no such payment to authenticate.",
    });
  }
  return intent;
}

export function authenticationPage(intent: Intent, action: string): string {
  const title = "3D Secure test page";
  const what =
    intent.object === "payment_intent"
      ? `<p class="amount">${escapeHtml(formatMoney(intent.amount, intent.currency))}</p>
<p>The bank asks the card's holder to confirm this payment.</p>`
      : "<p>The bank asks the card's holder to confirm that this card may be kept for later.</p>";
  const body =
    intent.status === "requires_action"
      ? `${what}
<form method="post" action="${escapeHtml(action)}">
<button class="first" name="outcome" value="complete">Complete authentication</button>
<button name="outcome" value="fail">Fail authentication</button>
</form>`
      : `<p class="empty">There is nothing to confirm any more.</p>`;
  return htmlPage(
    title,
    `<header><h1>${title}</h1>${htmlBadge(intent.status)}</header>
${body}
<p class="muted">A test page of the Stripe emulator for <code>${escapeHtml(intent.id)}</code>: no money moves.</p>`,
    "narrow",
  );
}

/** Does what the holder chose and says where to send them. */
export function authenticate(
  scope: Scope,
  intent: Intent,
  outcome: "complete" | "fail",
  returnUrl: unknown,
): string | null {
  const after =
    intent.object === "payment_intent"
      ? finishAuthentication(scope, intent.id, outcome)
      : finishSetup(scope, intent.id, outcome);
  if (typeof returnUrl !== "string" || !URL.canParse(returnUrl) || !/^https?:/i.test(returnUrl)) return null;
  const target = new URL(returnUrl);
  target.searchParams.set(intent.object, intent.id);
  target.searchParams.set(`${intent.object}_client_secret`, intent.client_secret ?? "");
  target.searchParams.set(
    "redirect_status",
    after.status === "succeeded" || after.status === "requires_capture" ? "succeeded" : "failed",
  );
  return target.toString();
}
