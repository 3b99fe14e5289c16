/** Licence keys. */
import { randomBytes } from "node:crypto";

// Crockford's base 32: nothing that is misread for something else on a printed invoice.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const groups = 5;
const groupLength = 5;

/**
 * A new key of 125 random bits, in groups that can be read out.
 * @example createLicenseKey() // "rvl-7K2QX-0M3ZD-A9V1T-5WPCR-GH8NE"
 */
export function createLicenseKey(): string {
  // 256 is a multiple of 32: the low five bits of a random byte are as random as the byte.
  const letters = Array.from(randomBytes(groups * groupLength), (byte) => alphabet.charAt(byte & 31)).join("");
  const parts = Array.from({ length: groups }, (_, index) =>
    letters.slice(index * groupLength, (index + 1) * groupLength),
  );
  return ["rvl", ...parts].join("-");
}

const ours = /^\s*rvl-([0-9a-z]{5}(?:-[0-9a-z]{5}){4})\s*$/i;

/**
 * A key as it is stored, however it was typed: in small letters, with an O for a 0, an I or L for a 1, or blanks around it.
 * @example readLicenseKey("rvl-7k2qx-om3zd-a9vit-5wpcr-gh8ne") // "rvl-7K2QX-0M3ZD-A9V1T-5WPCR-GH8NE"
 */
export function readLicenseKey(text: string): string {
  // Keys of another form, made by a caller's own `licenseKeys`, are theirs to spell.
  const [, letters] = ours.exec(text) ?? [];
  if (letters === undefined) return text;
  return `rvl-${letters.toUpperCase().replaceAll("O", "0").replace(/[IL]/g, "1")}`;
}
