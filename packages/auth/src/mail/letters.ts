/** What the letters say, unless the application says it in its own words. */
import type { Mail } from "./mail.ts";

/** What a letter is about. Those with a code are of no use without it. */
export type Letter =
  | {
      readonly kind: "email_verification" | "password_reset" | "email_change";
      readonly code: string;
      /** How long the code is good for. */
      readonly minutes: number;
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
  email_changed: "Your e-mail address was changed",
  identity_linked: "Another way to sign in was added",
};

const unasked = "If you did not ask for this, you need not do anything.";
const alarming = "If this was not you, reset your password now and tell us.";

export const writeLetter: WriteLetter = (letter) => ({
  subject: subjects[letter.kind],
  text: `${bodyOf(letter)}\n`,
});

function bodyOf(letter: Letter): string {
  if ("provider" in letter) return `${subjects[letter.kind]} to your account: ${letter.provider}.\n\n${alarming}`;
  if (!("code" in letter)) return `${subjects[letter.kind]}.\n\n${alarming}`;
  return `${subjects[letter.kind]} with this code, which works once and for ${letter.minutes} minutes:\n\n${letter.code}\n\n${unasked}`;
}
