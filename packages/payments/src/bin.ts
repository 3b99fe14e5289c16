#!/usr/bin/env node
/** Proves the books from the command line: the exit code is 0 only when nothing differs. */
import { parseArgs } from "node:util";
import { formatMoney } from "@revops/core";
import { openDatabase } from "@revops/database";
import { createGateway } from "./gateway/gateway.ts";
import type { LedgerDifference } from "./ledger/difference.ts";
import { createLedger } from "./ledger/ledger.ts";
import { createLedgerStore } from "./ledger/store.ts";
import { createStripeComparison } from "./ledger/stripe-comparison.ts";

const usage = `Usage: revops-payments verify-ledger --database <url> [options]
  --database <url>          file:<path> or postgres://user:password@host/database
  --stripe                  compares with Stripe too; its key is read from STRIPE_SECRET_KEY
  --stripe-api-base <url>   another address that speaks Stripe's API
  --help`;

const line = ({ kind, subject, currency, expected, actual }: LedgerDifference) => {
  const shown = (amount: number) => (/^[a-z]{3}$/.test(currency) ? formatMoney({ amount, currency }) : String(amount));
  return `${kind} ${subject}: ${shown(expected)} expected, ${shown(actual)} in the books`;
};

async function verify(url: string, withStripe: boolean, apiBase: string | undefined): Promise<void> {
  const database = openDatabase({ url });
  try {
    const compare = withStripe
      ? createStripeComparison({
          database,
          stripe: createGateway({ secretKey: process.env["STRIPE_SECRET_KEY"] ?? "", apiBase }),
          store: createLedgerStore(database),
        })
      : undefined;
    const { postings, differences } = await createLedger({ database, compare }).verify({ stripe: withStripe });
    for (const difference of differences) console.error(line(difference));
    const proven = withStripe ? "every posting, every balance, and Stripe's" : "every posting and every balance";
    console.log(`${postings} postings, ${differences.length} differences (${proven})`);
    if (differences.length > 0) process.exitCode = 1;
  } finally {
    await database.close();
  }
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      database: { type: "string" },
      stripe: { type: "boolean", default: false },
      "stripe-api-base": { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) console.log(usage);
  else if (positionals.join(" ") !== "verify-ledger") throw new Error("The one command is verify-ledger.");
  else if (values.database === undefined) throw new Error("--database names the database to read.");
  else await verify(values.database, values.stripe, values["stripe-api-base"]);
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\nSee revops-payments --help.`);
  process.exitCode = 2;
}
