import type Stripe from "stripe";
import { text } from "../server/parameters.ts";

const names = [
  "access_activity_log",
  "billing_address",
  "cancellation_policy",
  "cancellation_policy_disclosure",
  "cancellation_rebuttal",
  "customer_communication",
  "customer_email_address",
  "customer_name",
  "customer_purchase_ip",
  "customer_signature",
  "duplicate_charge_documentation",
  "duplicate_charge_explanation",
  "duplicate_charge_id",
  "product_description",
  "receipt",
  "refund_policy",
  "refund_policy_disclosure",
  "refund_refusal_explanation",
  "service_date",
  "service_documentation",
  "shipping_address",
  "shipping_carrier",
  "shipping_date",
  "shipping_documentation",
  "shipping_tracking_number",
  "uncategorized_file",
  "uncategorized_text",
] as const satisfies readonly (keyof Stripe.Dispute.Evidence)[];

type Name = (typeof names)[number];
export type EvidenceInput = { readonly [name in Name]?: string };

const each = <T>(value: T) => Object.fromEntries(names.map((name) => [name, value])) as Record<Name, T>;

/** The parameters of evidence; files are taken by any id, since none are kept. */
export const evidenceFields = each(text(150_000));

export const noEvidence: Stripe.Dispute.Evidence = { ...each(null), enhanced_evidence: {} };
