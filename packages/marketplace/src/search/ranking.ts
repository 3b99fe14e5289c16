/**
 * The ranking: an exact name or slug, then names that begin with the query, then relevance × popularity. Written in SQL, so that
 * hundreds of matches are ranked and twenty are read; in whole numbers, so that both databases rank alike and a position
 * that travels comes back the same.
 */
import type { Dialect } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";

/** Where a match stands; sorts by `compareRanks`. */
export interface Rank {
  /** 0 exact name or slug, 1 the name begins so, 2 any other match. */
  readonly nameClass: number;
  /** Higher is better. */
  readonly score: number;
  /** Smaller is more popular. A total order, since no two listings have the same. */
  readonly position: number;
}

/** Best first. */
export function compareRanks(a: Rank, b: Rank): number {
  return a.nameClass - b.nameClass || b.score - a.score || a.position - b.position;
}

// A word in the name says what a thing is, a tag what it is about, the summary what it does. A description mentions.
// The beginning of a word tells six tenths of what the word does. In thousandths.
const weights = {
  name: 8_000,
  beginsInName: 4_800,
  tag: 4_000,
  beginsTag: 2_400,
  summary: 2_000,
  beginsSummary: 1_200,
  description: 1_000,
};

/** The values that the expressions below stand for. A word has no character that means something in a pattern. */
export function rankValues(dialect: Dialect, words: readonly string[]): Record<string, string | number> {
  const key = words.join(" ");
  const within = (text: string) => (dialect === "sqlite" ? text : `%${text}%`);
  const letters = Array.from(key);
  const values: Record<string, string | number> = {
    key,
    letter: dialect === "sqlite" ? (letters[0] ?? "") : `${letters[0] ?? ""}%`,
    joined: words.join(""),
    slug: words.join("-"),
    keyLength: letters.length,
  };
  for (const [index, word] of words.entries()) {
    values[`word${index}`] = within(word);
    values[`whole${index}`] = within(` ${word} `);
    values[`begins${index}`] = within(` ${word}`);
    values[`length${index}`] = Array.from(word).length;
  }
  return values;
}

const text = (name: string) => sql`cast(${sql.placeholder(name)} as text)`;
const whole = (name: string) => sql`cast(${sql.placeholder(name)} as bigint)`;
const nameKey = sql.raw("e.name_key");
const paddedName = sql.raw("' ' || e.name_key || ' '");
const joinedName = sql.raw("replace(e.name_key, ' ', '')");

/** PostgreSQL's `strpos` prepares for a long text each time; these have a hundred characters. */
const contains = (dialect: Dialect, where: SQL, what: SQL) =>
  dialect === "sqlite" ? sql`instr(${where}, ${what}) > 0` : sql`${where} like ${what}`;

/** @param length of `what` in characters */
const beginsWith = (dialect: Dialect, where: SQL, what: SQL, length: SQL) =>
  dialect === "sqlite" ? sql`substr(${where}, 1, ${length}) = ${what}` : sql`starts_with(${where}, ${what})`;

/** The columns of an entry `e` that `class` and `score` are made of, and what is asked of names. */
export const rankedBy = (wordCount: number): SQL =>
  sql.raw(wordCount === 0 ? "e.downloads" : "e.popularity, e.name_key, e.tag_words, e.summary_words");

/** Of one word: whether it begins one of the name, by `score` and `popularity`. What is in a tag weighs less. */
export const isInNameSql = (): SQL => sql`score >= ${number(weights.beginsInName)} * popularity`;

/** `nameClass` of an entry `e`. */
export function nameClassSql(dialect: Dialect, wordCount: number): SQL {
  if (wordCount === 0) return sql`2`;
  // Whose slug it is, is looked up once. Most names begin otherwise, which the first letter tells.
  const letter =
    dialect === "sqlite"
      ? sql`substr(e.name_key, 1, 1) <> ${text("letter")}`
      : sql`e.name_key not like ${text("letter")}`;
  return sql`case when e.listing_id = (select id from marketplace_listings where slug = ${text("slug")}) then 0
    when ${letter} then 2
    when e.name_key = ${text("key")} or ${joinedName} = ${text("joined")} then 0
    when ${nameBeginsSql(dialect)} then 1 else 2 end`;
}

const nameBeginsSql = (dialect: Dialect) => beginsWith(dialect, nameKey, text("key"), whole("keyLength"));

/**
 * What an entry `e` has to be besides what the index finds by names, of which a term is cut where it is long, and run together:
 * there "tar s" begins "tarsier" too.
 */
export function namedConditions(dialect: Dialect, wordCount: number): { readonly begins: SQL; readonly within: SQL } {
  if (wordCount === 1)
    return { begins: beginsWith(dialect, joinedName, text("joined"), whole("keyLength")), within: sql`true` };
  // All but the last word are whole ones.
  const words = Array.from({ length: wordCount - 1 }, (_, index) =>
    contains(dialect, paddedName, text(`whole${index}`)),
  );
  return { begins: nameBeginsSql(dialect), within: sql.join(words, sql` and `) };
}

/** `score` of an entry `e`. Without words it is the number of downloads. */
export function scoreSql(dialect: Dialect, wordCount: number): SQL {
  if (wordCount === 0) return sql`e.downloads`;
  const relevance = Array.from({ length: wordCount }, (_, index) => relevanceSql(dialect, index, wordCount));
  return sql`(${sql.join(relevance, sql` + `)}) * e.popularity`;
}

/**
 * The best place that a word is found at; in a name that says little else it counts more. Most matches have it in the summary, as
 * a whole word, so the places before are looked through once to be ruled out, and there it is looked for as that first.
 */
function relevanceSql(dialect: Dialect, index: number, wordCount: number): SQL {
  const [word, wholeWord, start] = [text(`word${index}`), text(`whole${index}`), text(`begins${index}`)];
  const nameShare = sql`(length(e.name_key) + 1 + ${whole(`length${index}`)}) / (length(e.name_key) + 1)`;
  const found = (where: SQL, as: SQL) => contains(dialect, where, as);
  // Only the last word may be unfinished.
  const last = index === wordCount - 1;
  const at = (where: SQL, asWhole: SQL, asBeginning: SQL) =>
    last
      ? sql`${found(where, start)} then case when ${found(where, wholeWord)} then ${asWhole} else ${asBeginning} end`
      : sql`${found(where, wholeWord)} then ${asWhole}`;
  const { name: inName, beginsInName, tag, beginsTag, summary, beginsSummary, description } = weights;
  return sql`case
    when ${found(nameKey, word)} and ${at(paddedName, sql`${number(inName)} * ${nameShare}`, sql`${number(beginsInName)} * ${nameShare}`)}
    when ${at(sql`e.tag_words`, number(tag), number(beginsTag))}
    when ${found(sql`e.summary_words`, wholeWord)} then ${number(summary)}
    ${last ? sql`when ${found(sql`e.summary_words`, start)} then ${number(beginsSummary)}` : sql``}
    else ${number(description)} end`;
}

const number = (value: number) => sql.raw(String(value));
