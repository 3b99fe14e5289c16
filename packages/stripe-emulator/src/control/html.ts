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

const style = `
:root { color-scheme: light dark; --page: light-dark(#fff, #121212); --line: #8883; --soft: #8881; --accent: light-dark(#5148e5, #a8a2ff); --fill: #5148e5; --muted: light-dark(#5f6672, #a0a7b3); }
html { background: var(--page); color: light-dark(#16181d, #f2f3f5); }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
body.narrow { max-width: 34rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; justify-content: space-between; border-bottom: 1px solid var(--line); padding-bottom: .75rem; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
a { color: var(--accent); } p { margin: .75rem 0; }
.muted { color: var(--muted); } .amount { font-size: 2rem; font-weight: 600; font-variant-numeric: tabular-nums; margin: 1rem 0 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-size: .8rem; font-weight: 600; color: var(--muted); } th:last-child, td:last-child { padding-right: 0; } tfoot td { font-weight: 600; border-bottom: 0; }
td small { display: block; color: var(--muted); } time { white-space: nowrap; } .narrow td { overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
code, pre { font: 13px/1.45 ui-monospace, monospace; } td code { white-space: nowrap; }
pre { overflow: auto; padding: .8rem; background: var(--soft); border: 1px solid var(--line); border-radius: 8px; }
.badge { display: inline-block; font-size: .8rem; font-weight: 600; padding: 0 .55rem; border-radius: 1rem; background: var(--soft); border: 1px solid var(--line); }
.good { background: #1a7f3726; border-color: #1a7f3766; } .bad { background: #cf222e26; border-color: #cf222e66; } .waiting { background: #bf870026; border-color: #bf870066; }
.kinds { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; padding: 0; margin: 0; }
.kinds a { display: block; padding: .25rem .7rem; border: 1px solid var(--line); border-radius: 8px; text-decoration: none; background: var(--soft); }
form { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1.25rem 0; }
form.inline { margin: 0; display: inline-flex; } .narrow main > form.inline { display: flex; margin: 1rem 0; } td form.inline button { padding: .1rem .6rem; font-size: .85rem; }
.fields { flex-direction: column; align-items: stretch; gap: .9rem; } fieldset { border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem 1rem; margin: 0; display: flex; flex-direction: column; gap: .75rem; min-width: 0; }
legend { font-weight: 600; padding: 0 .3rem; } label { display: flex; flex-direction: column; gap: .25rem; font-size: .9rem; flex: 1; min-width: 0; }
input:not([type=hidden]) { font: inherit; width: 100%; padding: .55rem .7rem; border: 1px solid var(--line); border-radius: 8px; background: transparent; color: inherit; }
input:focus-visible, button:focus-visible, a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.row { display: flex; gap: .75rem; } .code { align-items: flex-end; } .actions { display: flex; flex-wrap: wrap; gap: .5rem; }
.card { border: 1px solid var(--line); border-radius: 10px; padding: .25rem 1rem 1rem; margin: .75rem 0; }
a.button { display: inline-block; padding: .4rem .9rem; border-radius: 8px; border: 1px solid var(--line); background: var(--soft); color: inherit; text-decoration: none; }
details { color: var(--muted); } .cards { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .5rem 0 0; } .cards dt { font-family: ui-monospace, monospace; font-size: .85rem; } .cards dd { margin: 0; }
button { font: inherit; padding: .55rem 1.1rem; border-radius: 8px; border: 1px solid var(--line); background: var(--soft); color: inherit; cursor: pointer; }
button.first { background: var(--fill); border-color: var(--fill); color: #fff; }
[role=alert] { padding: .6rem .8rem; border-radius: 8px; background: #cf222e26; border: 1px solid #cf222e66; }
.empty { padding: .8rem; border: 1px dashed var(--line); border-radius: 8px; color: var(--muted); }
@media (max-width: 34rem) { form { flex-direction: column; } button { width: 100%; } .amount { font-size: 1.7rem; } }
`;

/** A page of the emulator. `body` is HTML that is escaped already; `narrow` is for pages that a customer sees. */
export function htmlPage(title: string, body: string, width: "wide" | "narrow" = "wide"): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body class="${width}">
<main>
${body}
</main>
</body>
</html>
`;
}

export interface Column {
  heading: string;
  /** To the right, digits of one width. */
  number?: true;
}

/** Rows of escaped cells under headings; `foot` is one row more; `empty` says what to do when there are none. */
export function htmlTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { empty = "None yet.", foot }: { empty?: string; foot?: readonly string[] } = {},
): string {
  if (rows.length === 0) return `<p class="empty">${escapeHtml(empty)}</p>`;
  const attribute = (index: number) => (columns[index]?.number === true ? ` class="number"` : "");
  const head = columns.map(({ heading }, index) =>
    // Buttons speak for themselves: their column has no name that could be read out.
    heading === "" ? "<td></td>" : `<th scope="col"${attribute(index)}>${escapeHtml(heading)}</th>`,
  );
  const cells = (row: readonly string[]) =>
    `<tr>${row.map((cell, index) => `<td${attribute(index)}>${cell}</td>`).join("")}</tr>`;
  const footer = foot === undefined ? "" : `<tfoot>${cells(foot)}</tfoot>`;
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head.join("")}</tr></thead><tbody>\n${rows.map(cells).join("\n")}\n</tbody>${footer}</table></div>`;
}

const tones: Readonly<Record<string, "good" | "bad" | "waiting">> = {
  active: "good",
  complete: "good",
  trialing: "good",
  delivered: "good",
  enabled: "good",
  paid: "good",
  succeeded: "good",
  canceled: "bad",
  expired: "bad",
  unpaid: "bad",
  failed: "bad",
  past_due: "bad",
  uncollectible: "bad",
  void: "bad",
  draft: "waiting",
  incomplete: "waiting",
  open: "waiting",
  pending: "waiting",
  requires_action: "waiting",
  requires_payment_method: "waiting",
};

/** A status as a small coloured word. */
export function htmlBadge(status: unknown): string {
  const text = String(status ?? "");
  return text === "" ? "" : `<span class="badge ${tones[text] ?? ""}">${escapeHtml(text.replaceAll("_", " "))}</span>`;
}
