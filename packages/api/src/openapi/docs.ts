/** The document for people: a page that works without the internet. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { RequestHandler } from "express";
import { wantsPage } from "../pages/page.ts";
import { type Route, route } from "../routes/route.ts";

/** Files of the page, below the page itself. Nothing else of the package is served. */
const files: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
  "start.js": "text/javascript; charset=utf-8",
};

/** Only what this server serves itself; the page's own widgets are styled in place. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** White on the names of methods, which are paler as they come than a text may be (WCAG 2, 1.4.3); the dark ones are not. */
const style = `body { margin: 0; } .swagger-ui .topbar { display: none; } .dark-mode { color-scheme: dark; }
.swagger-ui .filter .operation-filter-input { max-width: none; }
html:not(.dark-mode) .swagger-ui {
  .info .title small { background: #5b6270; } .info .title small.version-stamp { background: #4a6b00; }
  .opblock.opblock-get .opblock-summary-method { background: #1a63b8; } .opblock.opblock-post .opblock-summary-method { background: #1b7a45; }
  .opblock.opblock-put .opblock-summary-method { background: #9a5500; } .opblock.opblock-patch .opblock-summary-method { background: #0f766e; }
  .opblock.opblock-delete .opblock-summary-method { background: #c5221f; }
  .btn.authorize { color: #1b7a45; border-color: #1b7a45; } .btn.authorize svg { fill: #1b7a45; } .info a, .info .link { color: #1a63b8; }
}`;

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>RevOps API</title>
    <link rel="icon" href="docs/assets/favicon-32x32.png">
    <link rel="stylesheet" href="docs/assets/swagger-ui.css">
    <style>${style}</style>
  </head>
  <body>
    <div id="page"><noscript>The same as JSON: <a href="openapi.json">openapi.json</a></noscript></div>
    <script src="docs/assets/swagger-ui-bundle.js"></script>
    <script src="docs/assets/start.js"></script>
  </body>
</html>
`;

// A file of its own, since the policy lets no script stand in the page.
const start = `const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();
// A placeholder is no label, nor is a text beside.
const labels = { ".operation-filter-input": "Filter by tag or path", "#servers": "Server" };
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  syntaxHighlight: { activated: true },
  tryItOutEnabled: true,
  validatorUrl: null,
  deepLinking: true,
  onComplete: () => {
    for (const [selector, label] of Object.entries(labels)) document.querySelector(selector)?.setAttribute("aria-label", label);
  },
});
`;

export function docsRoute(): Route {
  return route({
    method: "get",
    path: "/docs",
    summary: "Show this document as a page",
    credentials: "none",
    response: "page",
    cache: "no-cache",
  }).handle(async ({ response }) => {
    response.setHeader("Content-Security-Policy", contentSecurityPolicy);
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(page);
  });
}

/** Leads a person who opens the bare address to the page. A program, which asks for no page, is to hear that nothing is there. */
export function leadToDocs(address: string): RequestHandler {
  return (request, response, next) => {
    response.vary("Accept");
    if (wantsPage(request)) response.redirect(302, address);
    else next();
  };
}

/** The files that the page asks for. To be mounted at `/docs/assets` below the base path. */
export function docsAssets(): RequestHandler {
  const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const read = new Map<string, Buffer | string>([["start.js", start]]);
  return ({ method, path }, response, next) => {
    const name = path.slice(1);
    const type = Object.hasOwn(files, name) ? files[name] : undefined;
    if (type === undefined || (method !== "GET" && method !== "HEAD")) return next();
    const content = read.get(name) ?? readFileSync(join(folder, name));
    read.set(name, content);
    // The names have no version in them: an hour is as long as an update may go unnoticed.
    response.setHeader("Cache-Control", "public, max-age=3600");
    response.setHeader("Content-Type", type);
    response.end(content);
  };
}
