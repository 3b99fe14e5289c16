import { finishOnboarding } from "../accounts/accounts.ts";
import { StripeFailure } from "../errors.ts";
import { need, type Scope } from "../scope.ts";
import type { AccountLink } from "../store/kinds.ts";
import { escapeHtml, htmlPage } from "./html.ts";

export function findAccountLink(scope: Scope, id: string): AccountLink {
  const link = scope.objects.find("account_link", id);
  if (link === undefined)
    throw new StripeFailure(404, { type: "invalid_request_error", message: "There is no such onboarding link." });
  return link;
}

/** Where an owner whose link has expired is sent: back to the platform, for a new one. */
export function expiredTo(scope: Scope, link: AccountLink): string | null {
  return link.expires_at <= scope.now ? link.refresh_url : null;
}

/** The page on which the owner of a connected account gives what is due. */
export function onboardingPage(scope: Scope, link: AccountLink): string {
  const account = need(scope, "account", link.account);
  const due = account.requirements?.currently_due ?? [];
  const list =
    due.length === 0
      ? `<p class="empty">Nothing is missing any more.</p>`
      : `<p>Still missing:</p><ul>${due.map((one) => `<li><code>${escapeHtml(one)}</code></li>`).join("")}</ul>`;
  return htmlPage(
    "Set up your account",
    `<header><h1>Set up your account</h1></header>
<p>To be paid by <strong>the platform</strong>, give a bank account and accept the terms${account.email === null ? "" : `, ${escapeHtml(account.email)}`}.</p>
${list}
<form method="post" action="/_emulator/onboarding/${escapeHtml(link.id)}">
<button class="first" name="outcome" value="complete">Fill in test data and submit</button>
<button name="outcome" value="later">Do it later</button>
</form>
<p class="muted">A test page of the Stripe emulator for <code>${escapeHtml(account.id)}</code>: nothing is checked.</p>`,
    "narrow",
  );
}

/** Does what the owner chose and says where to send them. */
export function onboard(scope: Scope, link: AccountLink, outcome: unknown): string {
  if (outcome !== "later") finishOnboarding(scope, link.account);
  return link.return_url;
}
