/** What goes between a process and the thread that writes for it. */
import type { WriteStep } from "../database.ts";

/** What is to be written, or that the thread is to end. */
export type WriterRequest = readonly WriteStep[] | typeof closing;
export const closing = "close";

/** What became of the steps: the rows of each, null where one did not apply, or what went wrong. */
export type WriterAnswer =
  | { readonly rows: unknown[][] | null }
  /** Of an error, only its text would get through as it is. */
  | { readonly failed: { readonly message: string; readonly code: string } };
