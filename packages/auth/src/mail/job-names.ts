/**
 * The jobs whose payloads hold an address. A letter that could not be sent waits among the dead jobs until somebody tries it
 * again or discards it, even when whom it was for is erased: a week later it is good for nothing.
 * @example for (const name of letterJobNames) await jobs.dead.discard({ name, before: aWeekAgo });
 */
export const letterJobNames = Object.freeze(["auth.letter", "auth.password-forgotten"] as const);
