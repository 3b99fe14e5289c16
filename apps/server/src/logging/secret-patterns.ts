/** What a secret looks like, wherever it stands in a line: the last fence behind the redaction of named members. */

interface SecretPattern {
  /** What every such secret has in it, as the source of a pattern: hardly a line has any of them. */
  readonly mark: string;
  readonly pattern: RegExp;
}

const patterns: readonly SecretPattern[] = [
  // Ours: API keys, refresh tokens and the codes of letters, licence keys.
  { mark: "rv[a-z][_-]", pattern: /\brvk_[0-9a-hjkmnp-tv-z]{26}_[0-9A-Za-z]{8,}/g },
  { mark: "rv[a-z][_-]", pattern: /\brv[a-z]_[A-Za-z0-9_-]{40,}/g },
  { mark: "rv[a-z][_-]", pattern: /\brvl-[0-9A-Z]{5}(?:-[0-9A-Z]{5}){4}\b/g },
  // What a download link opens with.
  { mark: "/marketplace/downloads/", pattern: /(?<=\/marketplace\/downloads\/)[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{20,}/g },
  // JSON Web Tokens: both halves before the signature begin with `{"`.
  { mark: "eyJ", pattern: /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/g },
  // Stripe's secret and restricted keys, webhook secrets, client secrets.
  { mark: "[sr]k_(?:test|live)_", pattern: /\b[sr]k_(?:test|live)_\w{8,}/g },
  { mark: "whsec_", pattern: /\bwhsec_[A-Za-z0-9+/=_-]{8,}/g },
  { mark: "_secret_", pattern: /\b(?:pi|seti)_\w+_secret_\w+/g },
  // Hashes of passwords, credentials in a header, passwords in an address.
  { mark: "\\$argon2", pattern: /\$argon2(?:id|i|d)\$[^\s"\\]+/g },
  { mark: "[Bb][Ee][Aa][Rr][Ee][Rr] ", pattern: /\bBearer +[A-Za-z0-9._~+/-]{8,}=*/gi },
  { mark: "[Bb][Aa][Ss][Ii][Cc] ", pattern: /\bBasic +[A-Za-z0-9._~+/-]{8,}=*/gi },
  { mark: "://", pattern: /(?<=[a-z]:\/\/[^\s:/@"\\]{0,256}:)[^\s/@"\\]+(?=@)/gi },
];

const anyMark = new RegExp([...new Set(patterns.map(({ mark }) => mark))].join("|"));

/** A run of text with something in it that is written as an address writes it: `rvk%5F…`. */
const encoded = /[^\s"\\]*%[2-7][0-9A-Fa-f][^\s"\\]*/g;
const encodedCharacter = /%([2-7][0-9A-Fa-f])/g;

/** Takes secrets out of a line, also those that are written as an address writes them. */
export function withoutSecrets(line: string): string {
  const plain = withoutPlainSecrets(line);
  if (!plain.includes("%")) return plain;
  return plain.replace(encoded, (run) => {
    const decoded = run.replace(encodedCharacter, (_all, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
    const clean = withoutPlainSecrets(decoded);
    // As it stood, when there is none in it: a line says what was asked for. Else as a part of JSON, which the line is.
    return clean === decoded ? run : JSON.stringify(clean).slice(1, -1);
  });
}

function withoutPlainSecrets(line: string): string {
  if (!anyMark.test(line)) return line;
  let clean = line;
  for (const { pattern } of patterns) clean = clean.replace(pattern, "[secret]");
  return clean;
}
