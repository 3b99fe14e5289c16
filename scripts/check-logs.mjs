// Fails when what was logged while tests ran, or printed by a process that a test started, holds a secret. Gathered by
// vitest.logs.ts; `npm test` runs it.
//
//   node scripts/check-logs.mjs <folder> [--some]     --some: only some tests ran, which may have logged nothing
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What no log may hold, whoever made it: the forms of our credentials, hashes of passwords, and the passwords of our tests. */
const forms = {
  "an API key": /rvk_[0-9a-hjkmnp-tv-z]{26}_[0-9A-Za-z]{8}/,
  "a token or code of ours": /rv[a-jl-z]_[A-Za-z0-9_-]{24}/,
  "a signed token": /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8}/,
  "a hash of a password": /\$argon2id\$/,
  "a password": /correct horse battery|incorrect zebra capacitor/,
};

/** A local server shows the key of its demo account when it has started, in these lines and nowhere else. */
const demoKey = /^ {2}Demo API key {7}(rvk_\w+)$/;
const demoLine = /^ {2}(?:Demo API key {7}rvk_|curl .* -H 'X-Api-Key: rvk_)/;

/** A piece this long is found by chance once in 10^21 tries; a leak of twenty characters always holds one of those looked for. */
const pieceLength = 12;
const stride = 8;

/**
 * @param {readonly string[]} lines
 * @param {readonly string[]} secrets
 * @returns {string[]} a line for each finding, which shows no more than the kind and where
 */
export function findSecrets(lines, secrets) {
  const pieces = new Set(secrets.flatMap(piecesOf));
  const demoKeys = lines.flatMap((line) => demoKey.exec(line)?.[1] ?? []);
  return [...new Set(lines)].flatMap((printed) => {
    const line = demoLine.test(printed) ? demoKeys.reduce((rest, key) => rest.replace(key, ""), printed) : printed;
    const kinds = Object.entries(forms).flatMap(([kind, form]) => (form.test(line) ? [kind] : []));
    if (holdsPiece(line, pieces)) kinds.push("part of a secret that was made in a test");
    return kinds.map((kind) => `${kind}, in a line that ends: …${line.slice(-60)}`);
  });
}

function piecesOf(secret) {
  const pieces = [];
  for (let at = 0; at + pieceLength <= secret.length; at += stride) pieces.push(secret.slice(at, at + pieceLength));
  return pieces;
}

function holdsPiece(line, pieces) {
  for (const [run] of line.matchAll(/[A-Za-z0-9_-]{12,}/g)) {
    for (let at = 0; at + pieceLength <= run.length; at++) if (pieces.has(run.slice(at, at + pieceLength))) return true;
  }
  return false;
}

function readAll(folder, extension) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(extension))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
    .filter(Boolean);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, some] = process.argv.slice(2);
  const [lines, secrets] = [readAll(folder, ".log"), readAll(folder, ".secrets")];
  const found = findSecrets(lines, secrets);
  for (const each of found) console.error(each);
  // Nothing gathered means that nothing was looked at.
  const empty = some !== "--some" && (lines.length === 0 || secrets.length === 0);
  console.log(
    `${lines.length} lines, ${secrets.length} secrets, ${found.length} found${empty ? ": nothing was gathered" : ""}`,
  );
  process.exitCode = found.length > 0 || empty ? 1 : 0;
}
