/**
 * Stripe's usual fee for a card: 2.9 % rounded to the nearest minor unit, plus 30 (30 minor units of a two-decimal currency;
 * for a zero-decimal currency nothing is added). Amounts in minor units. Source: https://stripe.com/pricing
 */
export function cardFee(amount: number, currency: string): number {
  const share = (BigInt(amount) * 29n + 500n) / 1_000n;
  return Number(share) + (isZeroDecimal(currency) ? 0 : 30);
}

const zeroDecimal = new Set([
  "bif",
  "clp",
  "djf",
  "gnf",
  "jpy",
  "kmf",
  "krw",
  "mga",
  "pyg",
  "rwf",
  "vnd",
  "vuv",
  "xaf",
  "xof",
  "xpf",
]);

/** Source: https://docs.stripe.com/currencies#zero-decimal */
function isZeroDecimal(currency: string): boolean {
  return zeroDecimal.has(currency);
}

/** The least that can be charged. Source: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts */
export function minimumCharge(currency: string): number {
  const minimums: Readonly<Record<string, number>> = {
    gbp: 30,
    dkk: 250,
    nok: 300,
    sek: 300,
    czk: 1500,
    huf: 17500,
    pln: 200,
    mxn: 1000,
    hkd: 400,
    thb: 1000,
    myr: 200,
    aed: 200,
    ron: 200,
  };
  return minimums[currency] ?? 50;
}
