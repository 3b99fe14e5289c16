/** What a subscription's update takes. https://docs.stripe.com/api/subscriptions/update */
import type { DiscountInput } from "../coupons/discounts.ts";
import type { MetadataChange } from "../server/parameters.ts";
import type { CancellationDetails } from "./cancel.ts";
import type { ExtraInput } from "./extras.ts";
import type { ItemInput } from "./items.ts";
import type { PauseInput } from "./pause.ts";
import type { MissingMethod, PaymentBehavior } from "./subscriptions.ts";

export type ProrationBehavior = "always_invoice" | "create_prorations" | "none";

export interface UpdateInput {
  items?: readonly ItemInput[] | undefined;
  add_invoice_items?: readonly ExtraInput[] | undefined;
  billing_cycle_anchor?: "now" | "unchanged" | undefined;
  /** Unix seconds; null takes it back. */
  cancel_at?: number | null | undefined;
  cancel_at_period_end?: boolean | undefined;
  cancellation_details?: CancellationDetails | undefined;
  default_payment_method?: string | null | undefined;
  description?: string | null | undefined;
  discounts?: readonly DiscountInput[] | null | undefined;
  metadata?: MetadataChange | undefined;
  pause_collection?: PauseInput | null | undefined;
  payment_settings?: { save_default_payment_method?: "off" | "on_subscription" | undefined } | undefined;
  trial_end?: number | "now" | undefined;
  trial_settings?: { end_behavior: { missing_payment_method: MissingMethod } } | undefined;
  payment_behavior?: PaymentBehavior | undefined;
  proration_behavior?: ProrationBehavior | undefined;
  proration_date?: number | undefined;
}
