const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(value: unknown): string {
  return String(value ?? "").replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A page of the emulator. `body` is HTML that is escaped already. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font: 13px/1.4 ui-monospace, monospace; } pre { overflow: auto; padding: .8rem; border: 1px solid #8884; border-radius: 6px; }
button { font: inherit; padding: .4rem 1rem; margin-right: .5rem; border-radius: 6px; border: 1px solid #8888; cursor: pointer; }
input { font: inherit; padding: .35rem; } .muted { opacity: .7; }
</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** Rows of escaped cells under headings. */
export function htmlTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return `<p class="muted">None yet.</p>`;
  const head = headings.map((heading) => `<th scope="col">${escapeHtml(heading)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("\n");
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table>`;
}
