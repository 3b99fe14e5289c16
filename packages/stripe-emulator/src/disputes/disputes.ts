import type Stripe from "stripe";
import { recordBalance } from "../balance-transactions/balance-transactions.ts";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { cardOf } from "../payment-methods/payment-methods.ts";
import type { DisputeKind } from "../payment-methods/test-cards.ts";
import { change, need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";
import { type EvidenceInput, noEvidence } from "./evidence.ts";

/** How long a merchant has to answer, in seconds. Source: https://docs.stripe.com/disputes/responding */
const answerSeconds = 9 * 86_400;
const inquirySeconds = 120 * 86_400;

/** What Stripe asks for the work, in minor units. It is not given back. Source: https://stripe.com/pricing */
const disputeFee = 1_500;

const reasonCodes = { fraudulent: "10.4", product_not_received: "13.1" } as const;

/** Reaction: a payment with a card that will be disputed is disputed at once. */
export function intentDisputed(scope: Scope, intent: Stripe.PaymentIntent): void {
  const charge = scope.objects.find("charge", idOf(intent.latest_charge) ?? "");
  if (charge?.payment_method == null) return;
  for (const kind of cardOf(scope, charge.payment_method).card.disputes) openDispute(scope, charge.id, kind);
}

function openDispute(scope: Scope, chargeId: string, kind: DisputeKind): void {
  const charge = need(scope, "charge", chargeId);
  const id = createIdentifier("du");
  const due = scope.now + (kind.inquiry ? inquirySeconds : answerSeconds);
  const card = charge.payment_method_details?.card;
  const dispute = scope.objects.insert("dispute", {
    id,
    object: "dispute",
    amount: charge.amount_captured,
    balance_transactions: [],
    charge: charge.id,
    created: scope.now,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: noEvidence,
    evidence_details: {
      due_by: due,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    intended_submission_method: null,
    is_charge_refundable: kind.inquiry,
    livemode: false,
    metadata: {},
    payment_intent: idOf(charge.payment_intent),
    payment_method_details: {
      type: "card",
      card: {
        brand: card?.brand ?? "visa",
        case_type: kind.inquiry ? "inquiry" : "chargeback",
        network: card?.network ?? "visa",
        network_reason_code: reasonCodes[kind.reason],
      },
    },
    reason: kind.reason,
    status: kind.inquiry ? "warning_needs_response" : "needs_response",
  });
  scope.objects.write("charge", { ...charge, disputed: true });
  scope.timers.set({ object: id, task: "dispute.due", due, testClock: null });
  scope.emit("charge.dispute.created", dispute);
  if (!kind.inquiry) withdraw(scope, dispute);
}

/** The bank takes the money back, and Stripe its fee. */
function withdraw(scope: Scope, dispute: Stripe.Dispute): Stripe.Dispute {
  const entry = recordBalance(scope, {
    type: "adjustment",
    amount: -dispute.amount,
    fee: disputeFee,
    currency: dispute.currency,
    source: dispute.id,
    description: `Chargeback withdrawal for ${idOf(dispute.charge)}`,
    category: "dispute",
  });
  return change(
    scope,
    "dispute",
    dispute,
    { balance_transactions: [...dispute.balance_transactions, entry], is_charge_refundable: false },
    "charge.dispute.funds_withdrawn",
  );
}

function reinstate(scope: Scope, dispute: Stripe.Dispute): Stripe.Dispute {
  const entry = recordBalance(scope, {
    type: "adjustment",
    amount: dispute.amount,
    fee: 0,
    currency: dispute.currency,
    source: dispute.id,
    description: `Chargeback reversal for ${idOf(dispute.charge)}`,
    availableOn: scope.now,
    category: "dispute_reversal",
  });
  return change(
    scope,
    "dispute",
    dispute,
    { balance_transactions: [...dispute.balance_transactions, entry] },
    "charge.dispute.funds_reinstated",
  );
}

const isInquiry = (dispute: Stripe.Dispute) => dispute.status.startsWith("warning_");
const isOpen = (dispute: Stripe.Dispute) => dispute.status.endsWith("needs_response");

function finish(scope: Scope, dispute: Stripe.Dispute, status: "lost" | "warning_closed" | "won"): Stripe.Dispute {
  scope.timers.clear(dispute.id);
  const closed = change(scope, "dispute", dispute, { status }, "charge.dispute.closed");
  return status === "won" ? reinstate(scope, closed) : closed;
}

/**
 * Keeps evidence and, unless told otherwise, hands it in. In `uncategorized_text` the words of the documentation decide:
 * `winning_evidence`, `losing_evidence`, `escalate_inquiry_evidence`; any other evidence stays under review.
 * Source: https://docs.stripe.com/testing#disputes-evidence
 */
export function updateDispute(
  scope: Scope,
  id: string,
  input: { evidence?: EvidenceInput | undefined; metadata?: MetadataChange | undefined; submit?: boolean | undefined },
): Stripe.Dispute {
  const dispute = need(scope, "dispute", id);
  const metadata = mergeMetadata(dispute.metadata, input.metadata);
  if (input.evidence === undefined && input.submit !== true)
    return change(scope, "dispute", dispute, { metadata }, "charge.dispute.updated");
  if (!isOpen(dispute))
    throw invalidRequest("This dispute is already closed or under review.", { code: "dispute_already_submitted" });
  const evidence = { ...dispute.evidence, ...input.evidence };
  const details = { ...dispute.evidence_details, has_evidence: true };
  if (input.submit === false)
    return change(
      scope,
      "dispute",
      dispute,
      { evidence, evidence_details: details, metadata },
      "charge.dispute.updated",
    );
  scope.timers.clear(id);
  const submitted = change(
    scope,
    "dispute",
    dispute,
    {
      evidence,
      evidence_details: { ...details, submission_count: details.submission_count + 1, submission_method: "manual" },
      metadata,
      status: isInquiry(dispute) ? "warning_under_review" : "under_review",
    },
    "charge.dispute.updated",
  );
  return decide(scope, submitted);
}

function decide(scope: Scope, dispute: Stripe.Dispute): Stripe.Dispute {
  const inquiry = isInquiry(dispute);
  switch (dispute.evidence.uncategorized_text) {
    case "winning_evidence":
      return finish(scope, dispute, inquiry ? "warning_closed" : "won");
    case "losing_evidence":
      return finish(scope, dispute, inquiry ? "warning_closed" : "lost");
    case "escalate_inquiry_evidence": {
      if (!inquiry) return dispute;
      const due = scope.now + answerSeconds;
      scope.timers.set({ object: dispute.id, task: "dispute.due", due, testClock: null });
      const escalated = change(
        scope,
        "dispute",
        dispute,
        {
          status: "needs_response",
          evidence: noEvidence,
          evidence_details: { ...dispute.evidence_details, due_by: due },
        },
        "charge.dispute.updated",
      );
      return withdraw(scope, escalated);
    }
    default:
      return dispute;
  }
}

/** Gives in: the customer keeps the money. */
export function closeDispute(scope: Scope, id: string): Stripe.Dispute {
  const dispute = need(scope, "dispute", id);
  if (!isOpen(dispute)) throw invalidRequest("This dispute is already closed or under review.");
  return finish(scope, dispute, isInquiry(dispute) ? "warning_closed" : "lost");
}

/** Timer: nobody answered in time. */
export function evidenceDue(scope: Scope, id: string): void {
  const dispute = scope.objects.find("dispute", id);
  if (dispute === undefined || !isOpen(dispute)) return;
  const late = { ...dispute, evidence_details: { ...dispute.evidence_details, past_due: true } };
  scope.objects.write("dispute", late);
  finish(scope, late, isInquiry(dispute) ? "warning_closed" : "lost");
}
