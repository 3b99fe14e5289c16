import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { bytesOf, openShop } from "../../test/shop.ts";

const price = { amount: 900, currency: "usd" };
const subjectId = "usr_1";

async function openWithLink(open: Parameters<typeof openShop>[0]) {
  const shop = await openShop(open);
  const { id: listingId } = await shop.list("tar-stream", { price });
  const { purchase } = await shop.orders.purchase({ buyerId: subjectId, listingId });
  const { token, version, expiresAt } = await shop.downloads.link({ subjectId, listingId, version: "latest" });
  return { ...shop, listingId, purchase, token, version, expiresAt };
}

const invalid = expect.objectContaining({ code: "invalid_link" });

forEachDatabase("download links", (open) => {
  test("a link opens the version that it was made for, counted once for its subject", async () => {
    const shop = await openWithLink(open);
    expect(shop.version).toBe("1.0.0");
    expect(shop.expiresAt.getTime() - shop.clock.now().getTime()).toBeGreaterThan(298_000);
    await shop.versions.publish({ listingId: shop.listingId, version: "2.0.0", artifact: Buffer.from("new") });
    const download = await shop.downloads.openLink(shop.token);
    expect([download.version, download.fileName, download.first]).toEqual(["1.0.0", "tar-stream-1.0.0.bin", true]);
    expect(await bytesOf(download.stream())).toBe("bytes of tar-stream");
    expect((await shop.make().downloads.openLink(shop.token)).first).toBe(false);
    expect((await shop.listings.get(shop.listingId)).downloads).toBe(1);
  });

  test("it ends with its time, and with the right", async () => {
    const shop = await openWithLink(open);
    await shop.refunds.refund({ purchaseId: shop.purchase.id });
    await expect(shop.downloads.openLink(shop.token)).rejects.toMatchObject({ code: "payment_required" });
    const again = shop.downloads.link({ subjectId, listingId: shop.listingId, version: "latest" });
    await expect(again).rejects.toMatchObject({ code: "payment_required" });
    shop.clock.advance(300_000);
    await expect(shop.downloads.openLink(shop.token)).rejects.toEqual(invalid);
  });

  test("a forged link opens nothing", async () => {
    const shop = await openWithLink(open);
    const [body = "", mark = ""] = shop.token.split(".");
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const forever = encode([subjectId, shop.listingId, "1.0.0", 9_999_999_999]);
    const stranger = shop.make({ secret: "another secret, of 32 bytes and more as well" });
    const theirs = await stranger.downloads.link({ subjectId, listingId: shop.listingId, version: "1.0.0" });
    const last = mark.at(-1) ?? "";
    const forged = [
      "",
      ".",
      body,
      `${body}.`,
      `.${mark}`,
      `${body}.${mark}.${mark}`,
      `${body}.${mark} `,
      `${body}.${mark}=`,
      `${body}.${"A".repeat(43)}`,
      `${body}.${mark.slice(0, -1)}${last === "A" ? "B" : "A"}`,
      `${body}.${mark.slice(0, -1)}${String.fromCharCode(last.charCodeAt(0) + 1)}`,
      `${body}A.${mark}`,
      `${forever}.${mark}`,
      `${encode(["usr_2", shop.listingId, "1.0.0", 9_999_999_999])}.${mark}`,
      `${encode([subjectId, shop.listingId, "../1.0.0", 9_999_999_999])}.${mark}`,
      theirs.token,
      "\0",
      "\ud800",
      `${"A".repeat(100_000)}.${mark}`,
      "../../../etc/passwd",
    ];
    for (const token of forged)
      await expect(shop.downloads.openLink(token), token.slice(0, 80)).rejects.toEqual(invalid);
    expect((await shop.downloads.openLink(shop.token)).version).toBe("1.0.0");
  });

  test.for([
    ["a.tar.gz", "", ".tar.gz"],
    ["A.ZIP", "", ".zip"],
    ["1.0.0", "\x1f\x8b", ".tgz"],
    [undefined, "PK\x03\x04", ".zip"],
    ["x.%2e%2e", "%PDF-1.7", ".pdf"],
    ['x.a"b', "?", ".bin"],
    ["../../x", "?", ".bin"],
    ["x.\r\nSet-Cookie: a", "?", ".bin"],
  ] as const)("a file called %j that begins with %j is delivered as %s", async ([fileName, first, extension]) => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream");
    const artifact = Buffer.from(`${first}rest`, "latin1");
    await shop.versions.publish({ listingId, version: "1.1.0", artifact, fileName });
    const download = await shop.downloads.open({ subjectId, listingId, version: "1.1.0" });
    expect(download.fileName).toBe(`tar-stream-1.1.0${extension}`);
    expect(Buffer.from(await bytesOf(download.stream()), "utf8").length).toBeGreaterThan(3);
  });

  test("a deprecated version says so and stays the latest, until the advice is taken back", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream");
    const deprecate = (message: string | null) => shop.versions.deprecate({ listingId, version: "1.0.0", message });
    expect(await deprecate("Use zip-stream")).toMatchObject({ deprecation: "Use zip-stream", yanked: false });
    expect((await shop.listings.get(listingId)).latestVersion).toBe("1.0.0");
    expect(await deprecate(null)).toMatchObject({ deprecation: null });
    await expect(deprecate("x".repeat(501))).rejects.toMatchObject({ code: "invalid_version" });
    const none = shop.versions.deprecate({ listingId, version: "9.0.0", message: "x" });
    await expect(none).rejects.toMatchObject({ code: "version_not_found" });
  });
});
