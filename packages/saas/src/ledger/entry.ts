/** What a ledger entry says happened to a balance. */

/**
 * - `usage`: events were counted
 * - `reset`: the balance was opened at 0, by an upgrade
 * - `void`, `replace`: one event was corrected
 * - `adjustment`: booked by hand, without an event
 * - `hold`, `release`, `commit`: a reservation took room, gave it back, or became usage
 */
export type EntryKind = "usage" | "reset" | "void" | "replace" | "adjustment" | "hold" | "release" | "commit";
