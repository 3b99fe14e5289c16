import type { ZodError } from "zod";

/** One thing that is wrong with a request. */
export interface FieldError {
  /** `events.3.quantity`; empty for the body as a whole. */
  readonly path: string;
  readonly message: string;
}

type Issue = ZodError["issues"][number];

/** At most this many are told: a thousand events with a misspelt field need not be answered by a megabyte. */
const shown = 20;

/** Writes a validator's findings as `{ path, message }`, an unknown field under its own name. */
export function describeIssues(error: ZodError): FieldError[] {
  return error.issues.flatMap((issue) => describe(issue, [])).slice(0, shown);
}

function describe(issue: Issue, base: readonly PropertyKey[]): FieldError[] {
  const path = [...base, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key].join("."), message: "This field is not known" }));
  }
  const nearest = issue.code === "invalid_union" ? nearestBranch(issue.errors) : undefined;
  if (nearest) return nearest.flatMap((inner) => describe(inner, path));
  return [
    { path: path.map(String).join("."), message: isMissing(issue, path) ? "This field is needed" : issue.message },
  ];
}

/** zod tells of what is not there as of a wrong type, by its message alone; the caller has heard neither of zod nor of undefined. */
function isMissing(issue: Issue, path: readonly PropertyKey[]): boolean {
  return path.length > 0 && issue.code === "invalid_type" && issue.message.endsWith("received undefined");
}

/** Of the forms that a body may have, the one that the sender most likely meant: it has the fewest faults. */
function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const weight = (issues: readonly Issue[]) =>
    issues.reduce((sum, issue) => sum + (issue.code === "unrecognized_keys" ? issue.keys.length : 1), 0);
  return branches.filter((issues) => issues.length > 0).toSorted((a, b) => weight(a) - weight(b))[0];
}
