/** What goes between a process and the thread that writes for it. */
import type { Shape } from "./statements.ts";
import type { SentStep } from "./write-values.ts";

/** A statement of a transaction that the process conducts: what it runs next depends on the answer. */
export interface WriterStatement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly shape: Shape;
}

/** Steps to be written in a transaction of their own, one statement of an open one, or that the thread is to end. */
export type WriterRequest = readonly SentStep[] | WriterStatement | typeof closing;
export const closing = "close";

/** The rows of each step, null where one did not apply; the rows of the statement; or what went wrong. */
export type WriterAnswer =
  | { readonly rows: unknown[][] | null }
  | { readonly found: unknown[] }
  /** Of an error, only its text would get through as it is. */
  | { readonly failed: { readonly message: string; readonly code: string } };
