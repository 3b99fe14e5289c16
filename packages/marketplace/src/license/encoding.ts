/** Base64url and JSON, read strictly: one text for one value, or a licence could be spelt in many ways. */

/** The bytes, or null when this is not exactly how they are written (RFC 4648 §5, without padding). */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return null;
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  // Bits past the last byte have to be 0.
  if (encodeBase64Url(binary) !== text) return null;
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function encodeBase64Url(binary: string): string {
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The JSON object, or null when it is none. */
export function decodeJson(text: string): Readonly<Record<string, unknown>> | null {
  const bytes = decodeBase64Url(text);
  if (!bytes) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
