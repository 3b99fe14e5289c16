import type Stripe from "stripe";
import { updateCustomer } from "../customers/customers.ts";
import { invalidRequest } from "../errors.ts";
import { createIdentifier, randomText } from "../identifiers.ts";
import { need, type Scope } from "../scope.ts";
import { createSetupIntent } from "../setup-intents/setup-intents.ts";
import { idOf } from "../store/kinds.ts";

type Session = Stripe.BillingPortal.Session;

/** The one configuration there is: see invoices, change the card, change the plan, cancel at the period's end. */
const defaultConfiguration = "bpc_emulator_default";

/** How long a portal is open after it was last looked at: Stripe's sessions end after an hour. */
export const portalSeconds = 3_600;

export interface PortalInput {
  customer: string;
  configuration?: string | undefined;
  flow_data?:
    | {
        type: "payment_method_update" | "subscription_cancel" | "subscription_update";
        after_completion?:
          | {
              type: "redirect" | "portal_homepage" | "hosted_confirmation";
              redirect?: { return_url: string } | undefined;
            }
          | undefined;
        subscription_cancel?: { subscription: string } | undefined;
        subscription_update?: { subscription: string } | undefined;
      }
    | undefined;
  locale?: string | undefined;
  return_url?: string | undefined;
}

function flowOf(scope: Scope, input: PortalInput): Session["flow"] {
  const flow = input.flow_data;
  if (flow === undefined) return null;
  const subscription = (flow.subscription_cancel ?? flow.subscription_update)?.subscription;
  if (subscription !== undefined) {
    const found = need(scope, "subscription", subscription, "flow_data[subscription]");
    if (idOf(found.customer) !== input.customer)
      throw invalidRequest("The subscription belongs to another customer.", { param: "flow_data" });
  }
  const redirect = flow.after_completion?.redirect ?? null;
  return {
    after_completion: {
      hosted_confirmation: null,
      redirect,
      type: flow.after_completion?.type ?? "portal_homepage",
    },
    customer_update: null,
    subscription_cancel:
      flow.subscription_cancel === undefined
        ? null
        : { retention: null, subscription: flow.subscription_cancel.subscription },
    subscription_pause: null,
    subscription_update: flow.subscription_update ?? null,
    subscription_update_confirm: null,
    type: flow.type,
  };
}

/** Opens the portal of a customer. Source: https://docs.stripe.com/api/customer_portal/sessions */
export function createPortalSession(scope: Scope, input: PortalInput): Session {
  const customer = need(scope, "customer", input.customer, "customer");
  if (input.configuration !== undefined && input.configuration !== defaultConfiguration)
    throw invalidRequest(`No such configuration: '${input.configuration}'`, {
      code: "resource_missing",
      param: "configuration",
    });
  const session = scope.objects.insert("billing_portal.session", {
    id: createIdentifier("bps"),
    object: "billing_portal.session",
    configuration: defaultConfiguration,
    created: scope.now,
    customer: customer.id,
    customer_account: null,
    flow: flowOf(scope, input),
    livemode: false,
    locale: input.locale ?? null,
    on_behalf_of: null,
    return_url: input.return_url ?? null,
    url: "",
  });
  const url = `${scope.baseUrl}/_emulator/portal/${session.id}${randomText(24)}`;
  scope.objects.hide(session.id, url);
  const opened = scope.objects.write("billing_portal.session", { ...session, url });
  scope.emit("billing_portal.session.created", opened);
  return opened;
}

/** A setup intent of the portal makes its card the customer's default when it succeeds. */
const portalMark = "portal";

export function createPortalSetup(scope: Scope, customer: string): Stripe.SetupIntent {
  const intent = createSetupIntent(scope, { customer, allowed_payment_method_types: ["card"] });
  scope.objects.hide(intent.id, portalMark);
  return intent;
}

/** Reaction. */
export function portalSetUp(scope: Scope, intent: Stripe.SetupIntent): void {
  const customer = idOf(intent.customer);
  const method = idOf(intent.payment_method);
  if (scope.objects.hidden(intent.id) !== portalMark || customer === null || method === null) return;
  updateCustomer(scope, customer, { invoice_settings: { default_payment_method: method } });
}
