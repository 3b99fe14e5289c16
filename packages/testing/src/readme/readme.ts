import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A README's example and the file that runs it, line by line without indentation, so that a part of a test can be shown. */
export interface ReadmeExample {
  /** What the README shows. */
  readonly shown: string;
  /** The whole file that it is taken from. */
  readonly source: string;
}

/**
 * Reads the example of a package's README: the TypeScript block under `<!-- example: <file> -->`, beside that file, which
 * runs as a test. An example that is not run is wrong sooner or later.
 *
 * @param folder the package's folder
 * @throws Error when the README has no such block, or the file is not there
 * @example
 * const { shown, source } = readmeExample(join(import.meta.dirname, ".."));
 * expect(source).toContain(shown);
 */
export function readmeExample(folder: string): ReadmeExample {
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const [, file, block] = /<!-- example: (\S+) -->\n```ts\n(.+?)```/s.exec(read("README.md")) ?? [];
  if (file === undefined || block === undefined) {
    throw new Error(`readmeExample: ${folder}/README.md has no ts block under <!-- example: … -->`);
  }
  return { shown: flush(block), source: flush(read(file)) };
}

function flush(text: string): string {
  return text.replace(/^[ \t]+/gm, "");
}
