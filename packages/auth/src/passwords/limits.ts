/** How long a password may be. */

/** In characters as people count them (code points). */
export const minPasswordLength = 8;
/** Enough for any phrase; more is only work for the server. Refused, never cut off. */
export const maxPasswordBytes = 1_024;
