/** An event's metadata: small JSON that both databases store alike. */
import { isStorableText, type JsonObject } from "@revops/core";
import { saasErrors } from "../errors.ts";

const maxBytes = 4_096;

/**
 * The metadata as JSON text; null where there is none.
 * @throws `invalid_metadata`
 */
export function metadataText(metadata: JsonObject | undefined): string | null {
  if (metadata === undefined) return null;
  let text: string | undefined;
  let storable = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata);
  try {
    text = JSON.stringify(metadata, (key, value: unknown) => {
      // JSON would write null for these numbers, and escape what PostgreSQL then refuses in jsonb.
      if (!isStorableText(key)) storable = false;
      if (typeof value === "string" && !isStorableText(value)) storable = false;
      if (typeof value === "number" && !Number.isFinite(value)) storable = false;
      return value;
    });
  } catch (error) {
    throw saasErrors.invalid_metadata({ detail: "The metadata cannot be written as JSON.", cause: error });
  }
  if (storable && text !== undefined && Buffer.byteLength(text) <= maxBytes) return text;
  throw saasErrors.invalid_metadata({
    detail: `Metadata is a JSON object of at most ${maxBytes} bytes, without NUL, lone surrogates, NaN or Infinity.`,
  });
}
