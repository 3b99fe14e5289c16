/** Finds a variable that was meant to be a setting: a typo must not leave the server with the default that it was to replace. */

/** In a shorter name, another letter is likely to be another program's variable. */
const shortest = 8;
const mostTypos = 2;

/**
 * A variable that is a setting but for a letter or two, where that setting is not set itself; null when there is none.
 * @example misspelt({ DATABSE_URL: "…" }, ["DATABASE_URL"]); // { given: "DATABSE_URL", meant: "DATABASE_URL" }
 */
export function misspelt(
  environment: Readonly<Record<string, string | undefined>>,
  settings: readonly string[],
): { readonly given: string; readonly meant: string } | null {
  const unset = settings.filter((name) => name.length >= shortest && environment[name] === undefined);
  for (const given of Object.keys(environment)) {
    if (settings.includes(given)) continue;
    const meant = unset.find((name) => editDistance(given.toUpperCase(), name) <= mostTypos);
    if (meant !== undefined) return { given, meant };
  }
  return null;
}

/** How many letters to put in, take out or change (Levenshtein); names of too different a length are not looked at. */
function editDistance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > mostTypos) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (const [column, wanted] of [...to].entries()) {
      const [left, above, diagonal] = [next[column] ?? 0, row[column + 1] ?? 0, row[column] ?? 0];
      next.push(Math.min(left + 1, above + 1, diagonal + (letter === wanted ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
