/** What the marketplace asks of payments and accounts, without knowing of either. */
import type { Auth } from "@revops/auth";
import { isRevopsError } from "@revops/core";
import type { PayoutPort, RefundPort, RelatedPort } from "@revops/marketplace";
import { type Payments, paymentsErrors } from "@revops/payments";

/** A refund's id is its reference at Stripe too, so that one refund is given once whatever is repeated. */
export function refundPort({ refunds }: Pick<Payments, "refunds">): RefundPort {
  return async ({ reference, paymentId, amount, reason }) => {
    // Stripe knows three reasons; ours is a sentence, and stays with the refund.
    const because = reason === "duplicate" ? "duplicate" : "requested_by_customer";
    const { status } = await refunds.create({ reference, paymentId, amount, reason: because });
    if (status === "succeeded") return { status };
    return { status: status === "failed" || status === "canceled" ? "failed" : "pending" };
  };
}

/** Publishers are paid by transfers to their connected accounts. */
export function payoutPort({
  connectedAccounts,
  transfers,
}: Pick<Payments, "connectedAccounts" | "transfers">): PayoutPort {
  return {
    async accountOf(publisherId) {
      const account = await connectedAccounts.get(publisherId);
      if (!account) return null;
      // Stripe tells of it by a Connect webhook only, which not everybody has set up: before a payout is refused it is asked.
      const now = account.transfersEnabled ? account : await connectedAccounts.refresh(publisherId);
      return now.transfersEnabled ? now.stripeAccountId : null;
    },
    async transfer(transfer) {
      const { status, stripeTransferId } = await transfers.create(transfer);
      if (status === "succeeded" && stripeTransferId !== null) return { transferId: stripeTransferId };
      // A refusal is thrown with its own code; what is open is asked about again.
      if (status === "failed") throw paymentsErrors.stripe_rejected({ detail: "The transfer failed." });
      throw paymentsErrors.stripe_unavailable({ detail: "The transfer is not known to be made." });
    },
  };
}

/** An organization and its members do not trade with each other, whoever of them acts. */
export function relatedPort({ organizations }: Pick<Auth, "organizations">): RelatedPort {
  const isMember = async (organizationId: string, userId: string) => {
    try {
      await organizations.get({ organizationId, userId });
      return true;
    } catch (error) {
      if (isRevopsError(error, "organization_not_found")) return false;
      throw error;
    }
  };
  return async ({ buyerId, actorId, publisherId }) => {
    const people = new Set([buyerId, actorId ?? buyerId]);
    for (const userId of people) if (await isMember(publisherId, userId)) return true;
    return isMember(buyerId, publisherId);
  };
}
