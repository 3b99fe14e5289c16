/** A call that was not carried out leaves what it was for as failed, so that it can be tried again. */
import type { Clock, FactEmitter } from "@revops/core";
import type { Tx } from "@revops/database";
import type { PaymentsFacts } from "../facts.ts";
import { paymentMark } from "../payments/intent-state.ts";
import { type PaymentStore, toPublic } from "../payments/store.ts";
import { refundMark } from "../refunds/refunds.ts";
import type { RefundStore } from "../refunds/store.ts";
import { reversalMark, transferMark } from "../transfers/read-transfer.ts";
import type { TransferStore } from "../transfers/store.ts";
import type { Call } from "./call.ts";
import type { OnRefused } from "./calls.ts";

export function createOnRefused(options: {
  readonly clock: Clock;
  readonly payments: PaymentStore;
  readonly refunds: RefundStore;
  readonly transfers: TransferStore;
  readonly facts: FactEmitter<PaymentsFacts, Tx> | undefined;
}): OnRefused {
  const { clock, payments, refunds, transfers, facts } = options;

  async function failPayment(tx: Tx, id: string, code: string, declineCode: string | null): Promise<void> {
    const payment = await payments.fail(tx, id, { declineCode, failureCode: code, settledAt: clock.now() });
    if (payment) await facts?.emit(tx, "payment.failed", { payment: toPublic(payment), declineCode });
  }

  return async (tx, call, { code, declineCode }) => {
    const { operation, params } = call;
    if (operation === "payment_intent.create") {
      const id = metadataOf(call, paymentMark);
      if (id !== null) await failPayment(tx, id, code, declineCode);
    }
    if (operation === "payment_intent.confirm" && "id" in params && typeof params.id === "string") {
      const known = await payments.findByStripeId(tx, params.id);
      if (known) await failPayment(tx, known.id, code, declineCode);
    }
    if (operation === "refund.create") {
      const id = metadataOf(call, refundMark);
      if (id !== null) await refunds.refuse(tx, id, code);
    }
    if (operation === "transfer.create") {
      const id = metadataOf(call, transferMark);
      if (id !== null) await transfers.fail(tx, id, code);
    }
    if (operation === "transfer.reverse") {
      const name = metadataOf(call, reversalMark);
      if (name !== null) await transfers.moveReversal(tx, name, "pending", { status: "failed", failureCode: code });
    }
  };
}

function metadataOf({ params }: Call, name: string): string | null {
  const metadata = "metadata" in params && typeof params.metadata === "object" ? params.metadata : null;
  return metadata?.[name]?.toString() ?? null;
}
