/** Pages for people, written here: they need no script, load nothing, and may be framed by nobody. */
import { createHash } from "node:crypto";
import type { Request, Response } from "express";

/** Text that is markup already. */
export interface Markup {
  readonly markup: string;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Writes markup; whatever is put into it is text, unless it is markup itself.
 * @example html`<h1>${title}</h1>`
 */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Markup)[]): Markup {
  const written = values.map((value) =>
    typeof value === "string" ? value.replace(/[&<>"']/g, (character) => entities[character] ?? "") : value.markup,
  );
  return { markup: String.raw({ raw: parts }, ...written) };
}

const style = `:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: #f4f4f6; color: #1c1c22; }
main { box-sizing: border-box; max-width: 40rem; margin: 6vh auto; padding: 2rem; overflow-wrap: anywhere;
  background: #fff; border: 1px solid #d5d5dc; border-radius: 12px; }
h1 { margin: 1.5rem 0 .5rem; font-size: clamp(1.5rem, 6vw, 2.25rem); line-height: 1.2; }
p { margin: .5rem 0; }
a { color: #1a56b0; }
a:focus-visible, summary:focus-visible, pre:focus-visible { outline: 3px solid #1a56b0; outline-offset: 2px; }
.state { display: flex; gap: .6rem; margin: 0; padding: .6rem .9rem; border-radius: 8px; font-weight: 600; }
.good { background: #e2f4e8; color: #14532d; }
.bad { background: #fde8e8; color: #7f1d1d; }
.name { font-size: 1.4rem; font-weight: 600; }
.quiet, dt { color: #55555f; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 1.5rem 0; }
dd { margin: 0; }
summary { cursor: pointer; }
code, pre { font: .875rem/1.5 ui-monospace, monospace; }
pre { white-space: pre-wrap; padding: .75rem; border-radius: 8px; background: #f4f4f6; }
@media (max-width: 40rem) { main { margin: 0; min-height: 100vh; border: 0; border-radius: 0; padding: 1.25rem; } }
@media (prefers-color-scheme: dark) {
  body { background: #121216; color: #ececf1; }
  main { background: #1c1c22; border-color: #34343d; }
  a { color: #8ab8ff; }
  a:focus-visible, summary:focus-visible, pre:focus-visible { outline-color: #8ab8ff; }
  .good { background: #143d25; color: #c9f2d7; }
  .bad { background: #4a1717; color: #ffd9d9; }
  .quiet, dt { color: #b0b0bb; }
  pre { background: #121216; }
}
@media print { body, main { background: none; border: 0; margin: 0; } details { display: none; } }`;

/** The style by what it is, so that nothing else in the page is one. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Answers with a page. No search engine is to keep it: there are people's names on such pages. */
export function answerPage(
  response: Response,
  { status = 200, title, content }: { status?: number; title: string; content: Markup },
): void {
  response.status(status);
  response.setHeader("Content-Security-Policy", contentSecurityPolicy);
  response.setHeader("X-Robots-Tag", "noindex");
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.end(
    html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <link rel="icon" href="data:,">
    <style>${{ markup: style }}</style>
  </head>
  <body>
    <main>${content}</main>
  </body>
</html>
`.markup,
  );
}

/** Whether a person in front of a browser asks. A program, which asks for no page, is to hear of problems as everywhere. */
export function wantsPage(request: Request): boolean {
  return request.accepts(["application/problem+json", "application/json", "text/html"]) === "text/html";
}
