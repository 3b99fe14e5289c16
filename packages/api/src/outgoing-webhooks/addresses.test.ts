import { expect, test } from "vitest";
import { checkWebhookUrl, isPublicAddress, PrivateAddressError, publicLookup } from "./addresses.ts";

test.each([
  "http://example.org/hook",
  "https://127.0.0.1/",
  "https://127.1/",
  "https://0x7f000001/",
  "https://2130706433/",
  "https://017700000001/",
  "https://10.1.2.3/",
  "https://172.16.0.1/",
  "https://192.168.1.1/",
  "https://169.254.169.254/latest/meta-data/",
  "https://100.64.0.1/",
  "https://0.0.0.0/",
  "https://255.255.255.255/",
  "https://224.0.0.1/",
  "https://[::1]/",
  "https://[::]/",
  "https://[::ffff:10.0.0.1]/",
  "https://[fd00::1]/",
  "https://[fe80::1]/",
  "https://[64:ff9b::a00:1]/",
  "https://[2002:7f00:1::]/",
  "https://[::127.0.0.1]/",
  "https://[::10.0.0.1]/",
  "https://[::ffff:0:10.0.0.1]/",
  "https://[64:ff9b:1::a00:1]/",
  "https://[fec0::1]/",
  "https://[4000::1]/",
  "https://localhost/",
  "https://api.localhost/",
  "https://metadata.google.internal/",
  "https://printer.local/",
  "https://database/",
  "https://user:password@hooks.example.org/",
  "https://hooks.example.org/#part",
  "ftp://hooks.example.org/",
  "file:///etc/passwd",
  "javascript:alert(1)",
  "hooks.example.org",
  "",
])("%s is refused", (url) => {
  expect(() => checkWebhookUrl(url, false)).toThrow(expect.objectContaining({ code: "invalid_webhook_url" }));
});

test("an address of the public internet is taken, written one way", () => {
  expect(checkWebhookUrl("https://Hooks.Example.org:443/in?tenant=1", false)).toBe(
    "https://hooks.example.org/in?tenant=1",
  );
  expect(checkWebhookUrl("https://93.184.215.14/", false)).toBe("https://93.184.215.14/");
  expect(checkWebhookUrl("https://[2606:4700::1111]/", false)).toBe("https://[2606:4700::1111]/");
});

test("private addresses only where they are allowed, and even there no credentials", () => {
  expect(checkWebhookUrl("http://127.0.0.1:4000/hook", true)).toBe("http://127.0.0.1:4000/hook");
  expect(() => checkWebhookUrl("http://a:b@127.0.0.1/", true)).toThrow();
});

test("a name that leads inside is refused at the connection", async () => {
  const failure = new Promise((resolve) => publicLookup("localhost", { all: true }, (error) => resolve(error)));
  expect(await failure).toBeInstanceOf(PrivateAddressError);
  expect([isPublicAddress("8.8.8.8"), isPublicAddress("")]).toEqual([true, false]);
});
