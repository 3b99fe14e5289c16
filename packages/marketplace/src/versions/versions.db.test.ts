import { createHash } from "node:crypto";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { bytesOf, draft, openShop } from "../../test/shop.ts";

const publisherId = "usr_publisher";

forEachDatabase("versions", (open) => {
  test("versions published at once are all there, and latest is the highest of them", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream");
    const numbers = ["1.1.0", "1.10.0", "1.9.0", "2.0.0-rc.1", "0.9.0"];
    await Promise.all(
      numbers.map((version) => shop.versions.publish({ listingId, version, artifact: Buffer.from(version) })),
    );
    const { latestVersion, versions } = await shop.listings.get(listingId);
    expect(latestVersion).toBe("1.10.0");
    expect(versions.map(({ version }) => version)).toEqual([
      "2.0.0-rc.1",
      "1.10.0",
      "1.9.0",
      "1.1.0",
      "1.0.0",
      "0.9.0",
    ]);
  });

  test("a version is published once, even by two at once, and its bytes stay", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream");
    const tries = await Promise.allSettled(
      ["a", "b"].map((text) => shop.versions.publish({ listingId, version: "1.1.0", artifact: Buffer.from(text) })),
    );
    expect(tries.map((each) => (each.status === "rejected" ? each.reason.code : "published")).sort()).toEqual([
      "published",
      "version_exists",
    ]);
    const published = tries.find((each) => each.status === "fulfilled")?.value;
    const download = await shop.downloads.open({ subjectId: "usr_1", listingId, version: "1.1.0" });
    expect(
      createHash("sha256")
        .update(await bytesOf(download.stream()))
        .digest("hex"),
    ).toBe(published?.sha256);
  });

  test("a yanked version is no longer latest, and still there for those who name it", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream");
    await shop.versions.publish({ listingId, version: "1.1.0", artifact: Buffer.from("bad") });
    expect(await shop.versions.yank({ listingId, version: "1.1.0", reason: "leaks" })).toMatchObject({ yanked: true });
    await shop.versions.yank({ listingId, version: "1.1.0" });
    expect((await shop.listings.get(listingId)).latestVersion).toBe("1.0.0");
    const named = await shop.downloads.open({ subjectId: "usr_1", listingId, version: "1.1.0" });
    expect(await bytesOf(named.stream())).toBe("bad");
    await shop.versions.yank({ listingId, version: "1.0.0" });
    const latest = shop.downloads.open({ subjectId: "usr_1", listingId, version: "latest" });
    await expect(latest).rejects.toMatchObject({ code: "version_not_found" });
  });

  test("strangers neither publish nor yank versions of another's listing, nor learn that it is there", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.listings.create(draft("secret", { publisherId }));
    const stranger = { listingId, version: "6.6.6", publisherId: "usr_other" };
    const artifact = Buffer.from("evil");
    await expect(shop.versions.publish({ ...stranger, artifact })).rejects.toMatchObject({ code: "package_not_found" });
    await expect(shop.versions.yank(stranger)).rejects.toMatchObject({ code: "package_not_found" });
    await shop.versions.publish({ ...stranger, publisherId, artifact });
  });

  test.for(["1.0", "v1.0.0", "../../1.0.0", "1.0.0/../x", "latest", "", "\0"])(
    "%j is refused as a version",
    async (version) => {
      const shop = await openShop(open);
      const { id: listingId } = await shop.list("tar-stream");
      const published = shop.versions.publish({ listingId, version, artifact: Buffer.from("x") });
      await expect(published).rejects.toMatchObject({ code: "invalid_version" });
    },
  );

  test("an artifact is neither empty nor too large", async () => {
    const shop = await openShop(open, { maxArtifactBytes: 10 });
    const { id: listingId } = await shop.list("a", {}, "0123456789");
    const empty = shop.versions.publish({ listingId, version: "1.1.0", artifact: Buffer.alloc(0) });
    await expect(empty).rejects.toMatchObject({ code: "invalid_artifact" });
    const large = shop.versions.publish({ listingId, version: "1.1.0", artifact: Buffer.alloc(11) });
    await expect(large).rejects.toMatchObject({ code: "artifact_too_large", fields: { limit: 10 } });
  });
});
