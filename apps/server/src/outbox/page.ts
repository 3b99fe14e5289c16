/** The outbox as a page. Letters hold what strangers typed, so everything is escaped. */
import type { Mail } from "@revops/auth";

export interface WaitingMail extends Mail {
  readonly at: Date;
}

const style = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui;max-width:44rem;margin:2rem auto;padding:0 1rem}
article{border:1px solid #8886;border-radius:6px;padding:0 1rem;margin:1rem 0}
pre{white-space:pre-wrap;overflow-wrap:anywhere}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}`;

export function outboxPage(letters: readonly WaitingMail[]): string {
  const shown = letters.map(articleOf).join("\n");
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Outbox</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><style>${style}</style>
<main><h1>Outbox</h1><p>Letters of this local server, newest first. With SMTP_URL they are sent instead.</p>
${shown || "<p>No letter yet.</p>"}</main></html>`;
}

const articleOf = ({ to, subject, text, at }: WaitingMail) => `<article><h2>${escaped(subject)}</h2>
<p>To ${escaped(to)}, <time>${at.toISOString()}</time></p><pre>${escaped(text)}</pre></article>`;

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
