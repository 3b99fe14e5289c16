/** The same check in a real browser: what is imported there has no dependency and needs no Node. */

import { generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { writeClaims } from "../src/license/claims.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const keys = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "lk_1" }] };
const second = Math.floor(Date.now() / 1_000);
const claims = {
  licenseId: "lic_1",
  purchaseId: "pur_1",
  packageId: "pkg_1",
  slug: "tar-stream",
  subjectId: "usr_1",
  tier: null,
  limits: {},
  versionsBelow: null,
  fingerprint: null,
  issuedAt: second,
  expiresAt: second + 3_600,
};

function signed(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = `${part({ alg: "EdDSA", kid: "lk_1", typ: "revops-license+jwt" })}.${part(writeClaims("license", claims))}`;
  return `${content}.${sign(null, Buffer.from(content), privateKey).toString("base64url")}`;
}

test("a browser believes a good licence and refuses a forged one", { timeout: 60_000 }, async () => {
  const entry = fileURLToPath(new URL("../src/license/license.ts", import.meta.url));
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "iife",
    globalName: "license",
    platform: "browser",
    write: false,
    metafile: true,
  });
  const outside = Object.keys(metafile.inputs).filter((path) => !path.includes("/license/"));
  expect(outside).toEqual([]);

  // A page of localhost is a secure context, without which a browser has no Web Crypto.
  const server = createServer((request, response) => {
    const script = request.url === "/license.js";
    response.setHeader("content-type", script ? "text/javascript" : "text/html");
    response.end(
      script ? outputFiles[0]?.text : '<!doctype html><title>licence</title><script src="/license.js"></script>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  // A server that listens on TCP has an address with a port.
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const text = signed();
  const forged = text.replace(/.$/, text.endsWith("A") ? "Q" : "A");
  const swapped = [...text.split(".").slice(0, 2), signed().split(".")[2]?.split("").reverse().join("")].join(".");
  // As text: the test's own transformation would reach into a function.
  const verdicts: { valid: boolean }[] = await page.evaluate(`Promise.all(
    ${JSON.stringify([text, forged, swapped])}.map((each) =>
      license.verifyLicense(each, { keys: ${JSON.stringify(keys)}, package: "tar-stream" })))`);
  expect(verdicts[0]).toEqual({ valid: true, claims });
  expect(verdicts.slice(1).map(({ valid }) => valid)).toEqual([false, false]);
});
