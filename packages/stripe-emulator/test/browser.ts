/** A real Chromium for the tests of pages. Without one they are skipped, loudly; on CI it must be there. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";

const executablePath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
const installed = existsSync(executablePath);
/** Where to keep pictures of the pages for people to look at; nothing is kept when unset. */
const pictures = process.env["SCREENSHOTS"];

let browser: Browser;

export async function openPage(width = 1_100): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  onTestFinished(() => page.close());
  page.on("pageerror", (error) => expect.unreachable(error.message));
  return page;
}

export async function picture(page: Page, name: string): Promise<void> {
  if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
}

export async function fits(page: Page, width: number): Promise<boolean> {
  return Number(await page.evaluate("document.documentElement.scrollWidth")) <= width;
}

/** Declares tests that need the browser. */
export function inChromium(declare: () => void): void {
  if (!installed) {
    const missing = `there is no Chromium at ${executablePath}: set CHROMIUM_PATH`;
    if (process.env["CI"] === "true") test("pages in Chromium", () => expect.unreachable(missing));
    else {
      console.warn(`SKIPPED: the tests of pages, since ${missing}`);
      describe.skip(`in Chromium (${missing})`, declare);
    }
    return;
  }
  describe("in Chromium", () => {
    beforeAll(async () => {
      browser = await chromium.launch({
        executablePath,
        args: [
          "--headless",
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
        ],
      });
    });
    afterAll(() => browser.close());
    declare();
  });
}
