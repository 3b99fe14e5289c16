/** The shapes that several answers share. Dates go in as dates and come out as RFC 3339 UTC. */
import { z } from "zod";
import { exampleId } from "./examples.ts";
// Brings the types of `meta({ id })`.
import "zod-openapi";

/** zod's pattern of a date is longer than the rest of a schema, and `format` says the same. */
const withoutPattern = ({ jsonSchema }: { jsonSchema: { pattern?: string } }) => {
  delete jsonSchema.pattern;
};

/** An instant of an answer: `2026-11-22T16:40:00.000Z`. */
export const timeSchema = z.codec(z.date(), z.iso.datetime().meta({ override: withoutPattern }), {
  decode: (date) => date.toISOString(),
  encode: (text) => new Date(text),
});

/** An instant of a request, with any offset. */
export const timeInputSchema = z.iso
  .datetime({ offset: true })
  .meta({ override: withoutPattern })
  .transform((text) => new Date(text));

export const moneySchema = z
  .object({
    amount: z.int().meta({ description: "In the currency's minor unit: cents for usd, yen for jpy." }),
    currency: z.string().meta({ description: "ISO 4217 in lower case.", example: "usd" }),
  })
  .meta({ id: "Money", example: { amount: 2900, currency: "usd" } });

/** An id in a path. What it may look like is for the package to say; what it cannot be is 404. */
export const idSchema = z.string().min(1).max(200);

/** The same, of a kind of thing: `key`, `pkg`. */
export const idOf = (prefix: string) => idSchema.meta({ example: exampleId(prefix) });

/** No limit of its own: what was made longer is refused as what it is, a cursor that was changed. */
export const cursorSchema = z.string().meta({ description: "The `nextCursor` of the page before." });

/** How a list is asked for. */
export const pageQuerySchema = z.strictObject({
  limit: z
    .codec(z.string().regex(/^\d{1,3}$/, "A whole number from 1 to 100"), z.int().min(1).max(100), {
      decode: Number,
      encode: String,
    })
    .default(20)
    .meta({
      override: ({ jsonSchema }) => {
        delete jsonSchema.pattern;
        Object.assign(jsonSchema, { type: "integer", minimum: 1, maximum: 100, default: 20 });
      },
    }),
  cursor: cursorSchema.optional(),
});

/** A list of something. */
export const listSchema = <Item extends z.ZodType>(item: Item) =>
  z.object({
    data: z.array(item),
    nextCursor: z.string().nullable().meta({ description: "Null at the end of the list." }),
  });
