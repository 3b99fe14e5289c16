/** A real browser for a test file: started before its tests, closed behind them. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

const executablePath = "/usr/bin/chromium";

/** @param what is not looked at where there is none, which CI does not allow */
export function useBrowser(what: string): { readonly missing: boolean; readonly started: () => Browser } {
  const missing = !existsSync(executablePath);
  if (missing) {
    if (process.env["CI"]) throw new Error("CI must have chromium.");
    console.warn(`SKIPPED: there is no chromium here, so ${what} is not looked at.`);
  }
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (missing) return;
    const args = [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic"],
      ...["--disable-background-networking", "--disable-sync"],
    ];
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(() => browser?.close());
  return {
    missing,
    started() {
      if (!browser) throw new Error("The browser was started.");
      return browser;
    },
  };
}
