/** A certificate's page, in a real browser that runs no script, as whoever was sent the link sees it. */
import { openOn } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { useBrowser } from "./browser.ts";
import { keyOf, register, startApi } from "./service.ts";

const { missing, started } = useBrowser("the page of a certificate");

/** A name that would be markup, in two directions of writing, and one word too long for a phone. */
const holder = `<b>Ada & "Augusta"</b> أوغستا ${"Lovelace".repeat(12)}`;

async function certified() {
  const service = await startApi(openOn("sqlite"));
  const [ada, bob] = [await register(service, "ada"), await register(service, "bob")];
  const [publisher, learner] = [await keyOf(service, ada), await keyOf(service, bob)];
  const course = { lessons: [{ id: "one", title: "One" }] };
  const offer = { slug: "shacl", name: "SHACL in depth", kind: "course", category: "courses", summary: "All of it" };
  const price = { amount: 900, currency: "usd" };
  await service.call("POST", "/marketplace/packages", { headers: publisher, body: { ...offer, course, price } });
  const path = "/marketplace/packages/shacl";
  await service.call("POST", "/billing/payment-methods", {
    headers: learner,
    body: { paymentMethodId: "pm_card_visa" },
  });
  const { body: bought } = await service.call("POST", `${path}/purchase`, { headers: learner, body: {} });
  await service.call("POST", `${path}/lessons/one/complete`, { headers: learner });
  const { body: certificate } = await service.call("POST", `${path}/certificate`, {
    headers: learner,
    body: { holder },
  });
  const refund = () =>
    service.call("POST", `/marketplace/purchases/${bought.purchase.id}/refund`, { headers: publisher, body: {} });
  return { service, certificate, address: new URL(certificate.url, service.url).href, refund };
}

test.skipIf(missing)(
  "says what is so, for narrow and wide, by day and by night, and asks nobody else",
  { timeout: 150_000 },
  async () => {
    const { service, certificate, address, refund } = await certified();
    const browser = started();
    const asked: string[] = [];
    const complaints: string[] = [];
    for (const [name, width, colorScheme] of [
      ["narrow-light", 320, "light"],
      ["narrow-dark", 320, "dark"],
      ["wide-light", 1280, "light"],
      ["wide-dark", 1280, "dark"],
    ] as const) {
      const tab = await browser.newPage({
        viewport: { width, height: 720 },
        colorScheme,
        javaScriptEnabled: false,
      });
      tab.on("request", (request) => asked.push(request.url()));
      tab.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
      await tab.goto(address);
      await tab.getByText("Genuine: it was issued here, and is valid.").waitFor();
      expect(await tab.getByRole("heading", { level: 1 }).textContent()).toBe("SHACL in depth");
      expect(await tab.getByText(holder, { exact: true }).count()).toBe(1);
      expect(await tab.getByText(certificate.id).count()).toBe(1);
      const signed = tab.getByText(certificate.signed);
      expect(await signed.isVisible()).toBe(false);
      await tab.getByText("Check it without this server").click();
      await signed.waitFor();
      const main = await tab.getByRole("main").boundingBox();
      expect((main?.x ?? -1) >= 0 && (main?.width ?? width + 1) <= width).toBe(true);
      if (process.env["SCREENSHOTS"]) {
        await tab.screenshot({ path: `${process.env["SCREENSHOTS"]}/certificate-${name}.png`, fullPage: true });
      }
      await tab.close();
    }
    expect(new Set(asked)).toEqual(new Set([address, "data:,"].filter((each) => asked.includes(each))));
    expect(complaints).toEqual([]);

    // Given back, the course's certificate is no more.
    expect((await refund()).status).toBe(201);
    const tab = await browser.newPage({ javaScriptEnabled: false });
    await expect
      .poll(async () => {
        await tab.goto(address);
        return ((await tab.getByRole("main").textContent()) ?? "").replaceAll(/\s+/g, " ").trim();
      })
      .toMatch(/^✕ Not valid: it was taken back on \d+ \w+ \d{4}\. SHACL in depth/);
    expect(await tab.getByText("Check it without this server").count()).toBe(0);
    if (process.env["SCREENSHOTS"])
      await tab.screenshot({ path: `${process.env["SCREENSHOTS"]}/certificate-back.png` });

    const forged = await tab.goto(address.replace(/cert_\w+/, "cert_0000000000000000000000000"));
    expect(forged?.status()).toBe(404);
    await tab.getByRole("heading", { name: "No such certificate" }).waitFor();
    if (process.env["SCREENSHOTS"])
      await tab.screenshot({ path: `${process.env["SCREENSHOTS"]}/certificate-none.png` });
    await tab.close();
    // A program hears of a problem, as everywhere.
    const path = "/marketplace/certificates/cert_0000000000000000000000000/page";
    expect((await service.call("GET", path)).body).toMatchObject({ status: 404, code: "not_found" });
  },
);

test("nothing in the page is what a stranger typed, and its policy lets nothing else be there", async () => {
  const { address } = await certified();
  const response = await fetch(address, { headers: { accept: "text/html" } });
  const text = await response.text();
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(text).toContain("&lt;b&gt;Ada &amp; &quot;Augusta&quot;&lt;/b&gt;");
  expect(text).not.toMatch(/<script|<b>|style="|\son\w+=/);
  expect(response.headers.get("content-security-policy")).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/=]+'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
  expect(response.headers.get("cache-control")).toBe("no-store");
});
