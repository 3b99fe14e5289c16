/** What the document's examples have in common, so that they tell one story. */

/** An id as they are made, of that kind of thing. */
export const exampleId = (prefix: string) => `${prefix}_01k8v3x7c5hqz0m4r2b9ntwyde`;

/** When it happens. */
export const exampleTime = "2026-11-22T16:40:00.000Z";
