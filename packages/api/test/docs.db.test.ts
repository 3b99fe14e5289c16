/** The page of the document, in a real browser that can reach nothing else. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { useBrowser } from "./browser.ts";
import { startApi } from "./service.ts";

const { missing, started } = useBrowser("the page of the document");

forEachDatabase("the page of the document", (open) => {
  test.skipIf(missing)("shows every route, and asks nobody but this server", { timeout: 240_000 }, async () => {
    const { url, api } = await startApi(open);
    const browser = started();
    const tab = await browser.newPage();
    const asked: string[] = [];
    const complaints: string[] = [];
    tab.on("request", (request) => asked.push(request.url()));
    tab.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
    tab.on("pageerror", (error) => complaints.push(error.message));
    await tab.goto(`${url}/docs`);
    // Three seconds of a processor's time, of which others may have the most.
    await tab.locator(".opblock-summary").first().waitFor({ timeout: 120_000 });
    const filter = tab.getByLabel("Filter by tag or path");
    await filter.waitFor();
    // The page draws its routes as one comes to them; the last one is this page's own.
    const last = tab.getByText("Show this document as a page");
    const seen = new Set<string>();
    for (let scrolled = 0; scrolled < 200; scrolled++) {
      for (const route of await tab.locator(".opblock-summary").allInnerTexts()) seen.add(route);
      if (await last.isVisible()) break;
      await tab.mouse.wheel(0, 600);
      await tab.waitForTimeout(30);
    }
    // What it asks of a caller, and what it sends to a customer's endpoint.
    const { paths = {}, webhooks = {} } = api.document;
    const count = [paths, webhooks].flatMap(Object.values<object>).flatMap(Object.keys).length;
    expect(seen.size).toBe(count);
    await last.click();
    await tab.getByText("The page.").waitFor();
    if (process.env["SCREENSHOTS"]) await tab.screenshot({ path: `${process.env["SCREENSHOTS"]}/docs.png` });
    // On a phone its words need the width.
    await tab.setViewportSize({ width: 390, height: 844 });
    expect((await filter.boundingBox())?.width).toBeGreaterThan(300);
    const { origin } = new URL(url);
    expect(asked.filter((address) => !address.startsWith(origin) && !address.startsWith("data:"))).toEqual([]);
    expect(complaints).toEqual([]);
    await tab.close();
  });
});
