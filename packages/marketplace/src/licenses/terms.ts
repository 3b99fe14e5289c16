/** What a licence allows: said by the listing, frozen on the order, signed into the licence. */
import { isVersion } from "../versions/precedence.ts";

export interface LicenseTerms {
  /** An edition, such as `team`. */
  readonly tier?: string | undefined;
  /** Named limits that the licensed software goes by: `{ seats: 5 }`. Whole numbers. */
  readonly limits?: Readonly<Record<string, number>> | undefined;
  /** Devices or instances at once; any number when left out. */
  readonly maxActivations?: number | undefined;
  /** `all`, those of the major version that is the latest when bought (`major`), or those before a version (`below`). */
  readonly versions?: "all" | "major" | { readonly below: string } | undefined;
}

const namePattern = /^[a-zA-Z][\w.-]{0,49}$/;
const mostLimits = 20;

/** What is wrong with the terms, or null. */
export function faultOf(terms: LicenseTerms): string | null {
  const { tier, limits = {}, maxActivations, versions = "all" } = terms;
  if (tier !== undefined && !namePattern.test(tier)) return "the tier is a name of up to 50 letters and digits";
  const entries = Object.entries(limits);
  const fine = entries.every(([name, value]) => namePattern.test(name) && Number.isSafeInteger(value) && value >= 0);
  if (!fine || entries.length > mostLimits) return `limits are up to ${mostLimits} names with whole numbers`;
  const counted = maxActivations === undefined || (Number.isSafeInteger(maxActivations) && maxActivations >= 1);
  if (!counted || (maxActivations ?? 1) > 1_000_000) return "maxActivations is 1 to 1,000,000";
  if (versions === "all" || versions === "major") return null;
  return isVersion(versions.below) ? null : "versions.below is a semantic version";
}
