/** Paying connected accounts, once for a reference, for ever. */
import { type Clock, createId, isRevopsError, isStorableText, money } from "@revops/core";
import type { Database } from "@revops/database";
import type { Calls } from "../calls/calls.ts";
import { paymentsErrors } from "../errors.ts";
import { reversalMark, transferMark } from "./read-transfer.ts";
import type { StoredReversal, TransferStore } from "./store.ts";
import type { ReverseInput, Transfer, TransferInput } from "./transfer.ts";

const transferPurposeOf = (id: string): string => `transfer:${id}`;
const reversalPurposeOf = (reference: string): string => `transfer-reversal:${reference}`;

/** Thrown inside a transaction to take it back: another call was faster. */
const overtaken = new Error("Another transfer of this reference is under way.");

export interface Transfers {
  create(input: TransferInput): Promise<Transfer>;
  reverse(input: ReverseInput): Promise<Transfer>;
  get(reference: string): Promise<Transfer>;
}

export function createTransfers(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: TransferStore;
  readonly calls: Calls;
}): Transfers {
  const { database, clock, store, calls } = options;

  async function current(reference: string): Promise<Transfer | null> {
    const known = await store.findByReference(database, reference);
    if (known?.status !== "pending") return known;
    await calls.finish(transferPurposeOf(known.id));
    return store.find(database, known.id);
  }

  async function start(input: TransferInput, known: Transfer | null): Promise<void> {
    const { reference, publisherId, accountId, amount } = input;
    const createdAt = clock.now();
    const id = known?.id ?? createId("trf", createdAt);
    const params = {
      ...amount,
      destination: accountId,
      transfer_group: reference,
      metadata: { [transferMark]: id, revops_reference: reference, revops_publisher: publisherId },
    };
    const call = { operation: "transfer.create" as const, params, subjectId: null, purpose: transferPurposeOf(id) };
    await calls.perform(call, async (tx) => {
      const amountReversed = money(0, amount.currency);
      const fresh = { ...input, id, amountReversed, stripeTransferId: null, failureCode: null, createdAt };
      const mine = known ? await store.tryAgain(tx, id) : await store.insert(tx, { ...fresh, status: "pending" });
      if (!mine) throw overtaken;
    });
  }

  async function sent(reference: string): Promise<Transfer & { readonly stripeTransferId: string }> {
    const transfer = await current(reference);
    if (!transfer) throw paymentsErrors.transfer_not_found();
    const { stripeTransferId } = transfer;
    if (stripeTransferId === null) throw paymentsErrors.transfer_not_found({ detail: "It was never sent." });
    return { ...transfer, stripeTransferId };
  }

  async function currentReversal(reference: string): Promise<StoredReversal | null> {
    const known = await store.findReversal(database, reference);
    if (known?.status !== "pending") return known;
    await calls.finish(reversalPurposeOf(reference));
    return store.findReversal(database, reference);
  }

  return {
    async create(input) {
      check(input);
      const known = await current(input.reference);
      if (known) checkSame(known, input);
      if (known && known.status !== "failed") return known;
      await start(input, known).catch((error: unknown) => {
        if (error !== overtaken) throw error;
      });
      const transfer = await current(input.reference);
      if (!transfer) throw paymentsErrors.stripe_unavailable({ detail: "The transfer could not be made." });
      checkSame(transfer, input);
      return transfer;
    },

    async reverse({ reference, amount, reversalReference: name = reference }) {
      const transfer = await sent(reference);
      const left = transfer.amount.amount - transfer.amountReversed.amount;
      const known = await currentReversal(name);
      if (known && known.transferId !== transfer.id) throw paymentsErrors.reference_reused();
      if (known && amount !== undefined && known.amount !== amount.amount) throw paymentsErrors.reference_reused();
      if (known && known.status !== "failed") return sent(reference);
      const wanted = known?.amount ?? amount?.amount ?? left;
      const foreign = amount !== undefined && amount.currency !== transfer.amount.currency;
      if (!Number.isSafeInteger(wanted) || wanted < 1 || wanted > left || foreign) {
        throw paymentsErrors.invalid_amount({
          detail: "A reversal takes back a part of what is left of the transfer.",
        });
      }
      const { id: transferId, stripeTransferId: id } = transfer;
      const params = { id, amount: wanted, metadata: { [reversalMark]: name } };
      const call = {
        operation: "transfer.reverse" as const,
        subjectId: null,
        purpose: reversalPurposeOf(name),
        params,
      };
      const pending = { status: "pending" as const, failureCode: null };
      await calls
        .perform(call, async (tx) => {
          const mine = known
            ? await store.moveReversal(tx, name, "failed", pending)
            : await store.insertReversal(tx, {
                ...pending,
                reference: name,
                transferId,
                amount: wanted,
                createdAt: clock.now(),
              });
          if (!mine) throw overtaken;
        })
        .catch((cause: unknown) => {
          if (isRevopsError(cause, "stripe_rejected")) throw paymentsErrors.transfer_not_reversible({ cause });
          if (cause !== overtaken) throw cause;
        });
      return sent(reference);
    },

    async get(reference) {
      const transfer = await store.findByReference(database, reference);
      if (!transfer) throw paymentsErrors.transfer_not_found();
      return transfer;
    },
  };
}

function check({ reference, amount }: TransferInput): void {
  if (reference === "" || reference.length > 200 || !isStorableText(reference)) {
    throw new TypeError("A reference has 1 to 200 characters.");
  }
  const { currency } = money(amount.amount, amount.currency);
  if (amount.amount < 1) throw paymentsErrors.invalid_amount({ detail: `Nothing to send in ${currency}.` });
}

function checkSame(known: Transfer, { publisherId, accountId, amount }: TransferInput): void {
  const same =
    known.publisherId === publisherId &&
    known.accountId === accountId &&
    known.amount.amount === amount.amount &&
    known.amount.currency === amount.currency;
  if (!same) throw paymentsErrors.reference_reused();
}
