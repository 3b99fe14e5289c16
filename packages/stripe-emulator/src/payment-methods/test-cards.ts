/** Why a bank refuses, with Stripe's codes and sentences. Source: https://docs.stripe.com/declines/codes */
export interface Decline {
  code: string;
  declineCode: string | null;
  message: string;
  /** Stopped by Radar before it reached the bank. */
  blocked?: true;
}
/** When the holder must prove who they are (3D Secure). `unless-set-up`: not any more off-session once it was set up. */
export type Authentication = "none" | "unless-set-up" | "already-set-up" | "always";
export interface TestCard {
  number: string;
  brand: "amex" | "diners" | "discover" | "jcb" | "mastercard" | "unionpay" | "visa";
  funding: "credit" | "debit" | "prepaid";
  country: string;
  authentication: Authentication;
  /** Refused when it is checked (attached, set up) and when it is charged. */
  decline: Decline | null;
  /** Refused only when it is charged. */
  declineOnCharge: Decline | null;
  cvcCheck: "pass" | "fail";
  addressChecks: { line1: "pass" | "fail" | "unavailable"; postalCode: "pass" | "fail" | "unavailable" };
  risk: "normal" | "elevated" | "highest";
  /** Whether its money can be sent on at once instead of after two days. */
  availableAtOnce: boolean;
  /** What its bank asks back after a payment. */
  disputes: readonly DisputeKind[];
  /** How a refund to it ends; where it does not end well at once, after an hour. */
  refund: "succeeds" | "pending" | "fails";
}
/** An inquiry asks before it takes the money. */
export interface DisputeKind {
  reason: "fraudulent" | "product_not_received";
  inquiry: boolean;
}

function decline(declineCode: string, message = "Your card was declined."): Decline {
  return { code: "card_declined", declineCode, message };
}
const declines = {
  generic: decline("generic_decline"),
  insufficientFunds: decline("insufficient_funds", "Your card has insufficient funds."),
  lost: decline("lost_card"),
  stolen: decline("stolen_card"),
  velocity: decline(
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
  ),
  fraudulent: { ...decline("fraudulent"), blocked: true },
  expired: { code: "expired_card", declineCode: "expired_card", message: "Your card has expired." },
  incorrectCvc: {
    code: "incorrect_cvc",
    declineCode: "incorrect_cvc",
    message: "Your card's security code is incorrect.",
  },
  processing: {
    code: "processing_error",
    declineCode: "processing_error",
    message: "An error occurred while processing your card. Try again in a little bit.",
  },
} as const satisfies Record<string, Decline>;

function card(number: string, brand: TestCard["brand"], more: Partial<TestCard> = {}): TestCard {
  return {
    number,
    brand,
    funding: "credit",
    country: "US",
    authentication: "none",
    decline: null,
    declineOnCharge: null,
    cvcCheck: "pass",
    addressChecks: { line1: "pass", postalCode: "pass" },
    risk: "normal",
    availableAtOnce: false,
    disputes: [],
    refund: "succeeds",
    ...more,
  };
}

const fraudulentDispute: DisputeKind = { reason: "fraudulent", inquiry: false };

/** Cards of banks in other countries, which pay like any other. */
const countries: Readonly<Record<string, string>> = {
  AE: "4000007840000001",
  AT: "4000000400000008",
  AU: "4000000360000006",
  BE: "4000000560000004",
  BG: "4000001000000000",
  BR: "4000000760000002",
  CA: "4000001240000000",
  CH: "4000007560000009",
  CN: "4000001560000002",
  CY: "4000001960000008",
  CZ: "4000002030000002",
  DE: "4000002760000016",
  DK: "4000002080000001",
  EE: "4000002330000009",
  ES: "4000007240000007",
  FI: "4000002460000001",
  FR: "4000002500000003",
  GB: "4000008260000000",
  GR: "4000003000000030",
  HK: "4000003440000004",
  HU: "4000003480000005",
  IE: "4000003720000005",
  IN: "4000003560000008",
  IT: "4000003800000008",
  JP: "4000003920000003",
  LT: "4000004400000000",
  LU: "4000004420000006",
  LV: "4000004280000005",
  MT: "4000004700000007",
  MX: "4000004840008001",
  MY: "4000004580000002",
  NL: "4000005280000002",
  NO: "4000005780000007",
  NZ: "4000005540000008",
  PL: "4000006160000005",
  PT: "4000006200000007",
  RO: "4000006420000001",
  SE: "4000007520000008",
  SG: "4000007020000003",
  SI: "4000007050000006",
  SK: "4000007030000001",
  TH: "4000007640000003",
};

/** Stripe's test cards by number. Source: https://docs.stripe.com/testing */
const cards: readonly TestCard[] = [
  card("4242424242424242", "visa"),
  card("4000056655665556", "visa", { funding: "debit" }),
  card("5555555555554444", "mastercard"),
  card("2223003122003222", "mastercard"),
  card("5200828282828210", "mastercard", { funding: "debit" }),
  card("5105105105105100", "mastercard", { funding: "prepaid" }),
  card("378282246310005", "amex"),
  card("371449635398431", "amex"),
  card("6011111111111117", "discover"),
  card("6011000990139424", "discover"),
  card("3056930009020004", "diners"),
  card("36227206271667", "diners"),
  card("3566002020360505", "jcb"),
  card("6200000000000005", "unionpay"),
  ...Object.entries(countries).map(([country, number]) => card(number, "visa", { country })),
  card("4000000000000077", "visa", { availableAtOnce: true }),
  card("4000003720000278", "visa", { country: "IE", availableAtOnce: true }),
  card("4000000000000259", "visa", { disputes: [fraudulentDispute] }),
  card("4000000000002685", "visa", { disputes: [{ reason: "product_not_received", inquiry: false }] }),
  card("4000000000001976", "visa", { disputes: [{ reason: "fraudulent", inquiry: true }] }),
  card("4000000404000079", "visa", { disputes: [fraudulentDispute, fraudulentDispute] }),
  card("4000000000007726", "visa", { refund: "pending" }),
  card("4000000000005126", "visa", { refund: "fails" }),
  card("4000000000000101", "visa", { cvcCheck: "fail" }),
  card("4000000000000010", "visa", { addressChecks: { line1: "fail", postalCode: "fail" } }),
  card("4000000000000028", "visa", { addressChecks: { line1: "fail", postalCode: "pass" } }),
  card("4000000000000036", "visa", { addressChecks: { line1: "pass", postalCode: "fail" } }),
  card("4000000000000044", "visa", { addressChecks: { line1: "unavailable", postalCode: "unavailable" } }),
  card("4000000000009235", "visa", { risk: "elevated" }),
  card("4000000000004954", "visa", { risk: "highest", declineOnCharge: declines.fraudulent }),
  card("4000000000000002", "visa", { decline: declines.generic }),
  card("4000000000009995", "visa", { decline: declines.insufficientFunds }),
  card("4000000000009987", "visa", { decline: declines.lost }),
  card("4000000000009979", "visa", { decline: declines.stolen }),
  card("4000000000000069", "visa", { decline: declines.expired }),
  card("4000000000000127", "visa", { decline: declines.incorrectCvc, cvcCheck: "fail" }),
  card("4000000000000119", "visa", { decline: declines.processing }),
  card("4000000000006975", "visa", { decline: declines.velocity }),
  card("4000000000000341", "visa", { declineOnCharge: declines.generic }),
  card("4100000000000019", "visa", { declineOnCharge: declines.fraudulent }),
  card("4000002500003155", "visa", { authentication: "unless-set-up" }),
  card("4000002760003184", "visa", { authentication: "always" }),
  card("4000000000003220", "visa", { authentication: "always" }),
  card("4000000000003063", "visa", { authentication: "always" }),
  card("4000000000003055", "visa"),
  card("4000003800000446", "visa", { authentication: "already-set-up" }),
  card("4000008260003178", "visa", { authentication: "always", declineOnCharge: declines.insufficientFunds }),
  card("4000008400001629", "visa", { authentication: "always", declineOnCharge: declines.generic }),
];
const byNumber = new Map(cards.map((one) => [one.number, one]));

/** The tokens of the documentation: `pm_card_visa`, `tok_visa` … by what follows `pm_card_` or `tok_`. */
const tokens: Readonly<Record<string, string>> = {
  visa: "4242424242424242",
  visa_cvcCheckFail: "4000000000000101",
  visa_debit: "4000056655665556",
  mastercard: "5555555555554444",
  mastercard_debit: "5200828282828210",
  mastercard_prepaid: "5105105105105100",
  amex: "378282246310005",
  discover: "6011111111111117",
  diners: "3056930009020004",
  jcb: "3566002020360505",
  unionpay: "6200000000000005",
  ...Object.fromEntries(Object.entries(countries).map(([country, number]) => [country.toLowerCase(), number])),
  us: "4242424242424242",
  bypassPending: "4000000000000077",
  bypassPendingInternational: "4000003720000278",
  createDispute: "4000000000000259",
  createDisputeProductNotReceived: "4000000000002685",
  createDisputeInquiry: "4000000000001976",
  createMultipleDisputes: "4000000404000079",
  pendingRefund: "4000000000007726",
  refundFail: "4000000000005126",
  cvcCheckFail: "4000000000000101",
  avsFail: "4000000000000010",
  avsLine1Fail: "4000000000000028",
  avsZipFail: "4000000000000036",
  avsUnchecked: "4000000000000044",
  riskLevelElevated: "4000000000009235",
  riskLevelHighest: "4000000000004954",
  visa_chargeDeclined: "4000000000000002",
  chargeDeclined: "4000000000000002",
  visa_chargeDeclinedInsufficientFunds: "4000000000009995",
  chargeDeclinedInsufficientFunds: "4000000000009995",
  visa_chargeDeclinedLostCard: "4000000000009987",
  chargeDeclinedLostCard: "4000000000009987",
  visa_chargeDeclinedStolenCard: "4000000000009979",
  chargeDeclinedStolenCard: "4000000000009979",
  chargeDeclinedExpiredCard: "4000000000000069",
  chargeDeclinedIncorrectCvc: "4000000000000127",
  chargeDeclinedProcessingError: "4000000000000119",
  visa_chargeDeclinedVelocityLimitExceeded: "4000000000006975",
  chargeDeclinedVelocityLimitExceeded: "4000000000006975",
  chargeDeclinedFraudulent: "4100000000000019",
  radarBlock: "4100000000000019",
  chargeCustomerFail: "4000000000000341",
  authenticationRequired: "4000002760003184",
  authenticationRequiredOnSetup: "4000002500003155",
  authenticationRequiredSetupForOffSession: "4000003800000446",
  authenticationRequiredChargeDeclinedInsufficientFunds: "4000008260003178",
  threeDSecure2Required: "4000000000003220",
  threeDSecureRequired: "4000000000003063",
  threeDSecureOptional: "4000000000003055",
  threeDSecureRequiredChargeDeclined: "4000008400001629",
};

/** All numbers that are listed, for a test of their check digits. */
export const listedNumbers: readonly string[] = cards.map((one) => one.number);

/** The card behind a number; a valid number that is not in Stripe's list is an ordinary Visa. Undefined when its check digit is wrong. */
export function findTestCard(number: string): TestCard | undefined {
  return byNumber.get(number) ?? (passesLuhn(number) ? card(number, brandOf(number)) : undefined);
}

/** The card behind `pm_card_…` or `tok_…`. */
export function findTokenCard(token: string): TestCard | undefined {
  const name = /^(?:pm_card|tok)_(\w+)$/.exec(token)?.[1];
  const number = name === undefined || !Object.hasOwn(tokens, name) ? undefined : tokens[name];
  return number === undefined ? undefined : byNumber.get(number);
}

function brandOf(number: string): TestCard["brand"] {
  if (/^3[47]/.test(number)) return "amex";
  if (/^(5[1-5]|2[2-7])/.test(number)) return "mastercard";
  if (/^6(011|5)/.test(number)) return "discover";
  return "visa";
}

/** ISO/IEC 7812-1, annex B. */
function passesLuhn(number: string): boolean {
  if (!/^\d{12,19}$/.test(number)) return false;
  let sum = 0;
  for (const [index, digit] of [...number].reverse().entries()) {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
