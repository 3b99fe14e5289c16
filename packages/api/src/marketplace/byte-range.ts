/** Which bytes a request asks for (RFC 9110 §14). Not Express' `request.range`, which refuses a suffix that is longer than the file. */
import type { ByteRange } from "@revops/marketplace";

/** `outside`: no byte of it is there. Null: there is nothing to heed, and the whole is the answer. */
export type WantedRange = ByteRange | "outside" | null;

const single = /^bytes[ \t]*=[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/i;

/**
 * Reads `Range`. Several ranges at once, another unit and what cannot be read are not heeded, as the RFC allows.
 * @param size of the file, in bytes
 * @example wantedRange("bytes=-5", 10) // { start: 5, end: 9 }
 */
export function wantedRange(header: string | undefined, size: number): WantedRange {
  const [, first, last, suffix] = single.exec(header ?? "") ?? [];
  if (suffix !== undefined) {
    // §14.1.2: of a file that is shorter, all of it.
    return suffix.replace(/^0+/, "") === "" ? "outside" : { start: Math.max(0, size - Number(suffix)), end: size - 1 };
  }
  if (first === undefined) return null;
  const start = Number(first);
  const end = last === undefined || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  // A last byte before the first one makes the field invalid, not unsatisfiable.
  if (last !== undefined && last !== "" && Number(last) < start) return null;
  return start < size ? { start, end } : "outside";
}
