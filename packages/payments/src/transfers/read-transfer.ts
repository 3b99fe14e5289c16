/** From Stripe's transfer to ours, with the money that went and came back. */
import { type FactEmitter, money } from "@revops/core";
import type { Tx } from "@revops/database";
import type Stripe from "stripe";
import type { PaymentsFacts } from "../facts.ts";
import { ask, readOrNull } from "../gateway/refusal.ts";
import type { BookTransaction } from "../ledger/book.ts";
import type { ReadMirror } from "../mirrors/mirrors.ts";
import type { TransferStore } from "./store.ts";

/** Metadata that says whose transfer it is. */
export const transferMark = "revops_transfer";
/** Metadata of a reversal: the caller's name for it. */
export const reversalMark = "revops_reversal";

export function createReadTransfer(options: {
  readonly stripe: Stripe;
  readonly store: TransferStore;
  readonly book: BookTransaction;
  readonly facts: FactEmitter<PaymentsFacts, Tx> | undefined;
}): ReadMirror {
  const { stripe, store, book, facts } = options;

  async function reversalsOf({ id, amount_reversed: reversed }: Stripe.Transfer): Promise<Stripe.TransferReversal[]> {
    if (reversed === 0) return [];
    const list = stripe.transfers.listReversals(id, { limit: 100, expand: ["data.balance_transaction"] });
    return ask(list.autoPagingToArray({ limit: 10_000 }));
  }

  return async (id) => {
    const transfer = await readOrNull(stripe.transfers.retrieve(id, { expand: ["balance_transaction"] }));
    if (transfer === null) return async () => undefined;
    const reversals = await reversalsOf(transfer);
    return async (tx) => {
      const marked = transfer.metadata[transferMark];
      const before =
        (await store.findByStripeId(tx, id)) ?? (marked === undefined ? null : await store.find(tx, marked));
      const reference = before?.reference ?? id;
      const { currency, balance_transaction: sent } = transfer;
      if (typeof sent === "object" && sent !== null) {
        await book(tx, sent, { reference, presented: money(-transfer.amount, currency) });
      }
      for (const { balance_transaction: returned, amount, metadata } of reversals) {
        if (typeof returned === "object" && returned !== null) {
          await book(tx, returned, { reference, presented: money(amount, currency) });
        }
        const name = metadata?.[reversalMark];
        if (name !== undefined) {
          await store.moveReversal(tx, name, "pending", { status: "succeeded", failureCode: null });
        }
      }
      if (!before) return;
      await store.succeed(tx, before.id, id, transfer.amount_reversed);
      const after = await store.find(tx, before.id);
      if (!after) return;
      if (before.status !== "succeeded") await facts?.emit(tx, "transfer.succeeded", { transfer: after });
      if (before.amountReversed.amount < transfer.amount_reversed) {
        await facts?.emit(tx, "transfer.reversed", { transfer: after });
      }
    };
  };
}
