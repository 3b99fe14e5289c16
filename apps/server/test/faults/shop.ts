/** Payments and a marketplace wired as the server wires them, over a Stripe and a database that others use too. */
import { tmpdir } from "node:os";
import { type Clock, createFacts, systemClock } from "@revops/core";
import { openDatabase, type Tx } from "@revops/database";
import { createJobs } from "@revops/jobs";
import { createMarketplace, fileArtifactStore } from "@revops/marketplace";
import { createPayments } from "@revops/payments";
import { chargePort } from "../../src/charge-port.ts";
import { payoutPort, refundPort } from "../../src/marketplace-ports.ts";
import { type ServerFacts, wireMarketplace } from "../../src/wiring.ts";

export const buyers = 10;
export const buyerOf = (purchase: number) => `usr_buyer_${purchase % buyers}`;
export const listingOf = (purchase: number) => `listing-${Math.floor(purchase / buyers)}`;

export function openShop(url: string, apiBase: string, clock: Clock = systemClock) {
  const database = openDatabase({ url });
  const facts = createFacts<ServerFacts, Tx>();
  const jobs = createJobs({ database, clock });
  const stripe = { secretKey: "sk_test_of_the_faults", webhookSecret: "whsec_of_the_faults", apiBase };
  const payments = createPayments({ database, clock, jobs, facts, stripe });
  const marketplace = createMarketplace({
    database,
    clock,
    facts,
    secret: "the secret of the faults, 32 bytes and more",
    artifacts: fileArtifactStore({ directory: tmpdir() }),
    charge: chargePort(payments),
    refund: refundPort(payments),
    payout: payoutPort(payments),
    ledger: payments.ledger,
    commission: [
      { kind: "percentage", basisPoints: 1_250 },
      { kind: "fixed", amount: { amount: 30, currency: "usd" } },
      { kind: "maximum", amount: { amount: 900, currency: "usd" } },
    ],
  });
  wireMarketplace(facts, { marketplace });
  return { database, jobs, payments, marketplace };
}
