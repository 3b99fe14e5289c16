import type Stripe from "stripe";

/** What the owner of an account has given so far. */
export interface Given {
  bankAccount: boolean;
  termsAccepted: boolean;
  /** The hosted onboarding page was finished. */
  onboarded: boolean;
}

/**
 * What is still to be given before an account may receive money. Stripe asks for much more (a person's birthday, documents);
 * the emulator asks for what stands for it: a bank account and accepted terms, or a finished onboarding page.
 * Who collects it decides which way it goes. Source: https://docs.stripe.com/connect/required-verification-information
 */
export function currentlyDue(collectedBy: Stripe.Account.Controller.RequirementCollection, given: Given): string[] {
  const due: string[] = [];
  if (collectedBy === "stripe" && !given.onboarded) due.push("business_type");
  if (!given.bankAccount) due.push("external_account");
  if (!given.termsAccepted) due.push("tos_acceptance.date", "tos_acceptance.ip");
  return due;
}

export function toRequirements(due: string[]): Stripe.Account.Requirements {
  return {
    alternatives: [],
    current_deadline: null,
    currently_due: due,
    disabled_reason: due.length === 0 ? null : "requirements.past_due",
    errors: [],
    eventually_due: due,
    past_due: due,
    pending_verification: [],
  };
}
