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
    ...more,
  };
}

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
  card("4000008260000000", "visa", { country: "GB" }),
  card("4000002760000016", "visa", { country: "DE" }),
  card("4000000000000077", "visa"),
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
  visa_debit: "4000056655665556",
  mastercard: "5555555555554444",
  mastercard_debit: "5200828282828210",
  mastercard_prepaid: "5105105105105100",
  amex: "378282246310005",
  discover: "6011111111111117",
  diners: "3056930009020004",
  jcb: "3566002020360505",
  unionpay: "6200000000000005",
  gb: "4000008260000000",
  de: "4000002760000016",
  us: "4242424242424242",
  bypassPending: "4000000000000077",
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
