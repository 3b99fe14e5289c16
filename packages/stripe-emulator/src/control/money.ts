/**
 * An amount in minor units as people read it: `2900, "usd"` is "$29.00", `1000, "jpy"` is "¥1,000". How many digits are
 * minor is what Intl knows of the currency (ISO 4217). For display only: amounts stay integers everywhere else.
 */
export function formatMoney(amount: number, currency: string): string {
  const format = new Intl.NumberFormat("en-US", { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  // Given as text, so that no amount passes through a float on its way.
  const sign = amount < 0 ? "-" : "";
  const plain = String(Math.abs(amount)).padStart(digits + 1, "0");
  const decimal = digits === 0 ? plain : `${plain.slice(0, -digits)}.${plain.slice(-digits)}`;
  return format.format(`${sign}${decimal}` as Intl.StringNumericLiteral);
}
