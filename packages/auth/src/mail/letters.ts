/** What the letters say, unless the application says it in its own words. */
import type { OrganizationRole } from "../organizations/organization.ts";
import type { Mail } from "./mail.ts";

/** What a letter is about. Those with a code are of no use without it. */
export type Letter =
  | {
      readonly kind: "email_verification" | "password_reset" | "email_change";
      readonly code: string;
      /** How long the code is good for. */
      readonly minutes: number;
    }
  | {
      readonly kind: "organization_invitation";
      readonly code: string;
      /** How long the code is good for. */
      readonly days: number;
      /** The organization's name, as someone typed it. */
      readonly organization: string;
      readonly role: OrganizationRole;
    }
  | { readonly kind: "password_changed" | "email_changed" }
  | { readonly kind: "identity_linked"; readonly provider: string };

/** Writes a letter; put links to your own pages here. */
export type WriteLetter = (letter: Letter) => Omit<Mail, "to">;

const subjects: Record<Letter["kind"], string> = {
  email_verification: "Verify your e-mail address",
  password_reset: "Reset your password",
  email_change: "Confirm your new e-mail address",
  password_changed: "Your password was changed",
  organization_invitation: "Join an organization",
  email_changed: "Your e-mail address was changed",
  identity_linked: "Another way to sign in was added",
};

const unasked = "If you did not ask for this, you need not do anything.";
const unknown = "If you do not know it, you need not do anything.";
const alarming = "If this was not you, reset your password now and tell us.";

export const writeLetter: WriteLetter = (letter) => ({
  subject: letter.kind === "organization_invitation" ? `Join ${letter.organization}` : subjects[letter.kind],
  text: `${bodyOf(letter)}\n`,
});

function bodyOf(letter: Letter): string {
  if ("provider" in letter) return `${subjects[letter.kind]} to your account: ${letter.provider}.\n\n${alarming}`;
  if (!("code" in letter)) return `${subjects[letter.kind]}.\n\n${alarming}`;
  if (letter.kind === "organization_invitation") {
    const { organization, role, days, code } = letter;
    return `You are invited to join the organization "${organization}" as ${role}. Sign in or register, and accept with this code, which works once and for ${days} days:\n\n${code}\n\n${unknown}`;
  }
  return `${subjects[letter.kind]} with this code, which works once and for ${letter.minutes} minutes:\n\n${letter.code}\n\n${unasked}`;
}
