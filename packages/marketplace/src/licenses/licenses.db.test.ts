import { dayMs } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openShop, type Shop } from "../../test/shop.ts";
import type { LicenseTerms } from "../index.ts";
import { verifyCertificate, verifyLicense } from "../license/license.ts";

const price = { amount: 1_999, currency: "usd" };
const buyerId = "usr_buyer";
const devices = Array.from({ length: 20 }, (_, index) => `device-${String(index).padStart(2, "0")}`);
const [here = "", there = ""] = devices;

async function license(shop: Shop, licenseTerms: LicenseTerms = {}) {
  await shop.list("tar-stream", { price, licenseTerms });
  const { purchase } = await shop.orders.purchase({ buyerId, listingId: "tar-stream" });
  const [found] = (await shop.licenses.list(buyerId, { limit: 10 })).data;
  if (!found || found.key !== purchase.licenseKey) throw new Error("The licence is not that of the purchase.");
  return found;
}

forEachDatabase("licences", (open) => {
  test("activated, it is signed for that device and believed there without a network", async () => {
    const shop = await openShop(open);
    const terms = { tier: "team", limits: { seats: 5 }, maxActivations: 2, versions: "major" } as const;
    const { key, id } = await license(shop, terms);
    const { signed, license: active } = await shop.licenses.activate({ key, fingerprint: here, name: "Ada's laptop" });
    expect(active).toMatchObject({ tier: "team", limits: { seats: 5 }, activations: 1, versionsBelow: "2.0.0" });
    const keys = await shop.licenses.signingKeys.publicKeys();
    const options = { keys, now: shop.clock.now(), package: "tar-stream", fingerprint: here, version: "1.0.0" };
    expect(await verifyLicense(signed, options)).toMatchObject({
      valid: true,
      claims: { licenseId: id, tier: "team", limits: { seats: 5 }, versionsBelow: "2.0.0", fingerprint: here },
    });
    expect(await verifyLicense(signed, { ...options, fingerprint: there })).toMatchObject({ fault: "wrong_device" });
    expect(await verifyLicense(signed, { ...options, version: "2.0.0" })).toMatchObject({
      fault: "version_not_covered",
    });
    const later = new Date(shop.clock.now().getTime() + 31 * dayMs);
    expect(await verifyLicense(signed, { ...options, now: later })).toMatchObject({ fault: "expired" });
    const shown = await shop.licenses.get({ licenseId: id, subjectId: buyerId });
    expect(shown.devices).toMatchObject([{ fingerprint: here, name: "Ada's laptop" }]);
    const stranger = shop.licenses.get({ licenseId: id, subjectId: "usr_other" });
    await expect(stranger).rejects.toMatchObject({ code: "license_not_found" });
  });

  test("a key that was typed off a printed invoice is that key", async () => {
    const shop = await openShop(open);
    const { key, id } = await license(shop);
    const typed = ` ${key.toLowerCase().replaceAll("0", "o").replaceAll("1", "l")} `;
    const { license: active } = await shop.licenses.activate({ key: typed, fingerprint: here });
    expect(active.id).toBe(id);
    expect(await shop.licenses.check({ key: typed, fingerprint: here })).toMatchObject({ valid: true });
    expect((await shop.licenses.deactivate({ key: typed, fingerprint: here })).activations).toBe(0);
  });

  test("of twenty devices at once, exactly as many are active as it allows; a freed place is free", async () => {
    const shop = await openShop(open);
    const { key } = await license(shop, { maxActivations: 3 });
    const other = shop.make();
    const tries = await Promise.allSettled(
      devices.map((fingerprint, index) => (index % 2 ? shop : other).licenses.activate({ key, fingerprint })),
    );
    const active = devices.filter((_, index) => tries[index]?.status === "fulfilled");
    expect(active).toHaveLength(3);
    for (const result of tries) {
      if (result.status === "rejected")
        expect(result.reason).toMatchObject({ code: "activation_limit_reached", fields: { limit: 3 } });
    }
    // Again on one where it is active: no second place.
    await Promise.all(active.map((fingerprint) => shop.licenses.activate({ key, fingerprint })));
    await shop.licenses.deactivate({ key, fingerprint: active[0] ?? "" });
    const twice = shop.licenses.deactivate({ key, fingerprint: active[0] ?? "" });
    await expect(twice).rejects.toMatchObject({ code: "activation_not_found" });
    expect((await shop.licenses.activate({ key, fingerprint: "another-device" })).license.activations).toBe(3);
  });

  test("checks say why not", async () => {
    const shop = await openShop(open);
    const { key, purchaseId } = await license(shop, { versions: { below: "2.0.0" } });
    await shop.licenses.activate({ key, fingerprint: here });
    const check = async (more: object) => (await shop.licenses.check({ key, ...more })).reason;
    expect(await check({ fingerprint: here, version: "1.9.9" })).toBeNull();
    expect(await check({ fingerprint: there })).toBe("not_activated");
    expect(await check({ version: "2.0.0" })).toBe("version_not_covered");
    expect(await check({ key: "rvl-00000-00000-00000-00000-00000" })).toBe("unknown");
    expect(await check({ key: "\0" })).toBe("unknown");
    await shop.refunds.disputed({
      disputeId: "dp_1",
      reference: purchaseId,
      paymentId: "pay_1",
      amount: 1_999,
      status: "open",
    });
    expect(await check({})).toBe("suspended");
    await shop.refunds.disputed({
      disputeId: "dp_1",
      reference: purchaseId,
      paymentId: "pay_1",
      amount: 1_999,
      status: "won",
    });
    expect(await check({})).toBeNull();
    await shop.refunds.refund({ purchaseId });
    expect(await check({})).toBe("revoked");
    await expect(shop.licenses.activate({ key, fingerprint: here })).rejects.toMatchObject({
      code: "license_not_active",
      fields: { licenseStatus: "revoked" },
    });
  });

  test("a new key ends the old one and its devices", async () => {
    const shop = await openShop(open);
    const { key, id: licenseId } = await license(shop, { maxActivations: 1 });
    await shop.licenses.activate({ key, fingerprint: here });
    const stranger = shop.licenses.rotate({ licenseId, subjectId: "usr_other" });
    await expect(stranger).rejects.toMatchObject({ code: "license_not_found" });
    const rotated = await shop.licenses.rotate({ licenseId, subjectId: buyerId });
    expect(rotated.key).not.toBe(key);
    await expect(shop.licenses.activate({ key, fingerprint: here })).rejects.toMatchObject({
      code: "license_not_found",
    });
    await shop.licenses.activate({ key: rotated.key, fingerprint: there });
    expect((await shop.orders.list(buyerId, { limit: 1 })).data[0]?.licenseKey).toBe(rotated.key);
  });

  test("a revoked licence gives no downloads", async () => {
    const shop = await openShop(open);
    const { id: licenseId } = await license(shop);
    await shop.licenses.revoke({ licenseId, reason: "shared with everyone" });
    const download = shop.downloads.open({ subjectId: buyerId, listingId: "tar-stream", version: "latest" });
    await expect(download).rejects.toMatchObject({ code: "payment_required" });
    const none = shop.licenses.revoke({ licenseId: "lic_none", reason: "x" });
    await expect(none).rejects.toMatchObject({ code: "license_not_found" });
  });

  test("a licence for a major version downloads that one's latest, and no other", async () => {
    const shop = await openShop(open);
    await license(shop, { versions: "major" });
    for (const version of ["1.2.0", "2.0.0"]) {
      await shop.versions.publish({
        listingId: (await shop.listings.get("tar-stream")).id,
        version,
        artifact: Buffer.from(version),
      });
    }
    const download = (version: string) => shop.downloads.open({ subjectId: buyerId, listingId: "tar-stream", version });
    expect((await download("latest")).version).toBe("1.2.0");
    await expect(download("2.0.0")).rejects.toMatchObject({ code: "version_not_licensed" });
  });

  test("keys rotate: old licences stay good until their key is revoked, in every instance", async () => {
    const shop = await openShop(open);
    const { id: licenseId } = await license(shop);
    const other = shop.make();
    const sign = () => shop.licenses.sign({ licenseId, subjectId: buyerId });
    const first = (await sign()).signed;
    const kid = await other.licenses.signingKeys.rotate();
    const second = (await sign()).signed;
    expect(JSON.parse(Buffer.from(second.split(".")[0] ?? "", "base64url").toString()).kid).toBe(kid);
    const good = async (text: string) => {
      const keys = await shop.licenses.signingKeys.publicKeys();
      return (await verifyLicense(text, { keys, now: shop.clock.now(), package: "tar-stream" })).valid;
    };
    expect([await good(first), await good(second)]).toEqual([true, true]);
    await shop.licenses.signingKeys.revoke(kid);
    expect([await good(first), await good(second)]).toEqual([true, false]);
    expect(await good((await sign()).signed)).toBe(true);
    await expect(shop.licenses.signingKeys.revoke(kid)).rejects.toMatchObject({ code: "signing_key_not_found" });
  });

  test("ten instances that start at once agree on one key; another secret cannot sign with it", async () => {
    const shop = await openShop(open);
    const all = await Promise.all(Array.from({ length: 10 }, () => shop.make().licenses.signingKeys.publicKeys()));
    expect(new Set(all.map((set) => JSON.stringify(set)))).toHaveProperty("size", 1);
    expect(all[0]?.keys).toHaveLength(1);
    const stranger = shop.make({ secret: "another secret, of 32 bytes and more as well" });
    expect((await stranger.licenses.signingKeys.publicKeys()).keys).toHaveLength(2);
    expect(() => shop.make({ secret: "short" })).toThrow(RangeError);
  });

  test("a course ends with a certificate that anyone can check, and a refund takes it back", async () => {
    const shop = await openShop(open);
    const lessons = [
      { id: "shapes", title: "Shapes" },
      { id: "targets", title: "Targets" },
    ];
    await shop.list("shacl", { kind: "course", price, course: { lessons } });
    const learner = { subjectId: buyerId, listingId: "shacl" };
    await expect(shop.courses.progress(learner)).rejects.toMatchObject({ code: "payment_required" });
    const { purchase } = await shop.orders.purchase({ buyerId, listingId: "shacl" });
    await shop.courses.completeLesson({ ...learner, lessonId: "shapes" });
    await shop.courses.completeLesson({ ...learner, lessonId: "shapes" });
    await expect(shop.courses.completeLesson({ ...learner, lessonId: "x" })).rejects.toMatchObject({
      code: "lesson_not_found",
    });
    const holder = "Ada Lovelace";
    await expect(shop.courses.certify({ ...learner, holder })).rejects.toMatchObject({
      code: "course_not_completed",
      fields: { lessons: ["targets"] },
    });
    expect(await shop.courses.completeLesson({ ...learner, lessonId: "targets" })).toMatchObject({ completed: true });
    const [certificate, again] = await Promise.all([1, 2].map(() => shop.courses.certify({ ...learner, holder })));
    expect(again?.id).toBe(certificate?.id);
    const keys = await shop.licenses.signingKeys.publicKeys();
    expect(await verifyCertificate(certificate?.signed ?? "", { keys, now: shop.clock.now() })).toMatchObject({
      valid: true,
      claims: { certificateId: certificate?.id, holder, title: "shacl" },
    });
    await shop.refunds.refund({ purchaseId: purchase.id });
    expect(await shop.courses.certificate(certificate?.id ?? "")).toMatchObject({ signed: null, holder });
    await expect(shop.courses.certificate("cert_none")).rejects.toMatchObject({ code: "certificate_not_found" });
  });
});
