/** What a ledger entry says happened to a balance. */

/**
 * - `usage`: events were counted, each of which has a row of its own
 * - `use`: so much was used at this instant, in so many calls that had no name and no more to say; there are no other rows of it
 * - `reset`: the balance was opened at 0, by an upgrade
 * - `void`, `replace`: one event was corrected
 * - `adjustment`: booked by hand, without an event
 * - `hold`, `release`, `commit`: a reservation took room, gave it back, or became usage
 */
export type EntryKind = "usage" | "use" | "reset" | "void" | "replace" | "adjustment" | "hold" | "release" | "commit";
