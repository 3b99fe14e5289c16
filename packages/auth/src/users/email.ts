/** One spelling for one mailbox. */
import { domainToASCII } from "node:url";
import { authErrors } from "../errors.ts";

// RFC 5321 §4.5.3.1: 64 octets before the @, 254 for the whole path (errata 1690).
const maxLocalLength = 64;
const maxLength = 254;

// RFC 5322 §3.2.3 dot-atom. Quoted local parts exist in the RFC, hardly in mailboxes, and often in attacks.
// Before anything is written in lower case: the sign of Kelvin would become a "k", and its mailbox somebody else's.
const dotAtom = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
// Labels of RFC 1035 §2.3.1; the last one is a name, so that an address like a@127.0.0.1 is none.
const domainName = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;

/**
 * Checks an e-mail address and writes it in lower case with its domain in ASCII, the form in which it is unique.
 *
 * Case matters before the @ by RFC 5321 alone; no mail service in use keeps two mailboxes apart by it.
 *
 * @throws `invalid_email`
 * @example normalizeEmail(" Ada@Bücher.example "); // "ada@xn--bcher-kva.example"
 */
export function normalizeEmail(value: string): string {
  const email = readEmail(value);
  if (email === null) throw authErrors.invalid_email();
  return email;
}

/** The same, with null for what is no address. */
export function readEmail(value: string): string | null {
  // Before anything walks it; an address in Unicode is at most as long as its ASCII form.
  if (typeof value !== "string" || value.length > maxLength + 2) return null;
  const address = value.trim();
  const at = address.lastIndexOf("@");
  const local = address.slice(0, Math.max(at, 0));
  const domain = asciiDomain(address.slice(at + 1));
  if (local.length > maxLocalLength || !dotAtom.test(local) || !domainName.test(domain)) return null;
  const email = `${local.toLowerCase()}@${domain}`;
  return email.length > maxLength ? null : email;
}

function asciiDomain(domain: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is what is meant.
  const unicode = /[^\u0000-\u007f]/.test(domain);
  // `domainToASCII` is a URL parser: it would take "example.com/path" for "example.com".
  if (unicode && /[^a-z0-9.\u0080-\u{10ffff}-]/iu.test(domain)) return "";
  return unicode ? domainToASCII(domain) : domain.toLowerCase();
}
