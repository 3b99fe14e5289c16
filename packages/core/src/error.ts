/** The one error type of RevOps, and the way each package declares its codes. */

/** Recognised by a registered symbol instead of `instanceof`, so that two installed copies of this package agree. */
const brand = Symbol.for("@revops/core/error");

/** What a thrower adds to a code. */
export interface ErrorContext {
  /** What happened in this very case, for the person who reads the answer. Never a secret. */
  readonly detail?: string;
  /** The error that led here; kept for the log, never shown to a client. */
  readonly cause?: unknown;
  /** Members a program may act upon, such as `limit` or `resetsAt`; shown to the client beside the code. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * An error that a caller may program against: `code` is the contract, the texts are free to change.
 *
 * @example
 * try { await quotas.consume(…) } catch (error) {
 *   if (isRevopsError(error, "quota_exceeded")) return showUpgrade(error.fields.resetsAt);
 *   throw error;
 * }
 */
export class RevopsError<Code extends string = string> extends Error {
  readonly code: Code;
  /** The same for every error of this code. */
  readonly title: string;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: Code, title: string, context: ErrorContext = {}) {
    super(context.detail ?? title, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = "RevopsError";
    this.code = code;
    this.title = title;
    this.fields = context.fields ?? {};
    Object.defineProperty(this, brand, { value: true });
  }
}

/** The constructors that {@link defineErrors} makes, one a code. */
export type ErrorTable<Code extends string> = { readonly [C in Code]: (context?: ErrorContext) => RevopsError<C> };

/** The union of the codes of a table: `ErrorCode<typeof authErrors>`. */
export type ErrorCode<Table> = Extract<keyof Table, string>;

/**
 * Declares a package's errors: one table of code and title, one constructor a code.
 *
 * @example
 * export const authErrors = defineErrors({ user_already_exists: "A user with this e-mail address exists" });
 * throw authErrors.user_already_exists({ cause });
 */
export function defineErrors<const Titles extends Record<string, string>>(
  titles: Titles,
): ErrorTable<Extract<keyof Titles, string>> {
  const table: Record<string, (context?: ErrorContext) => RevopsError> = {};
  for (const [code, title] of Object.entries(titles)) {
    table[code] = (context) => new RevopsError(code, title, context);
  }
  // Every key of `titles` was given its constructor by the loop above.
  return Object.freeze(table) as ErrorTable<Extract<keyof Titles, string>>;
}

/** Whether this is a {@link RevopsError}, of this code if one is named. */
export function isRevopsError<Code extends string = string>(error: unknown, code?: Code): error is RevopsError<Code> {
  if (typeof error !== "object" || error === null || !(brand in error)) return false;
  return code === undefined || ("code" in error && error.code === code);
}
