// How much of each package's source the tests run, as a small table.
import { relative } from "node:path";

const COLUMNS = ["lines", "branches", "functions"];

/**
 * @param {Record<string, Record<string, { total: number, covered: number }>>} summary istanbul's json-summary, by file
 * @param {string} root the checkout
 */
export function coverageTable(summary, root) {
  const packages = new Map();
  for (const [file, figures] of Object.entries(summary)) {
    if (file === "total") continue;
    const name = relative(root, file).split(/[\\/]/)[1] ?? "";
    const sums = packages.get(name) ?? Object.fromEntries(COLUMNS.map((column) => [column, { covered: 0, total: 0 }]));
    for (const column of COLUMNS) {
      sums[column].covered += figures[column].covered;
      sums[column].total += figures[column].total;
    }
    packages.set(name, sums);
  }
  const rows = [...packages]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, sums]) => [name, ...COLUMNS.map((c) => percent(sums[c]))]);
  return [["coverage of src", ...COLUMNS], ...rows]
    .map(([name, ...cells]) => name.padEnd(18) + cells.map((cell) => cell.padStart(11)).join(""))
    .join("\n");
}

function percent({ covered, total }) {
  return total === 0 ? "–" : `${((100 * covered) / total).toFixed(1)} %`;
}
