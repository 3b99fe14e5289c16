/** Publishers over HTTP: offer, upload, sell, be reviewed, give back, be paid; and what moderators and licences do. */
import { createHash, randomBytes } from "node:crypto";
import { verifyLicense } from "@revops/marketplace/license";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { admin, keyOf, register, startApi, type TestApi } from "./service.ts";

const offer = {
  slug: "tar-stream",
  kind: "package",
  name: "tar-stream",
  summary: "Tar, streaming",
  category: "files",
  tags: ["tar"],
  price: { amount: 2_000, currency: "usd" },
};

function formOf(parts: readonly (readonly [name: string, value: string | Blob, fileName?: string])[]): FormData {
  const form = new FormData();
  for (const [name, value, fileName] of parts) {
    if (typeof value === "string") form.append(name, value);
    else form.append(name, value, fileName);
  }
  return form;
}

async function upload({ url }: TestApi, id: string, headers: Record<string, string>, body: FormData | string) {
  const response = await fetch(`${url}/marketplace/packages/${id}/versions`, { method: "POST", headers, body });
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers as a stranger would.
  return { status: response.status, body: (await response.json()) as any };
}

forEachDatabase("publishing over HTTP", (open) => {
  test("offered, uploaded, bought, reviewed and given back", { timeout: 60_000 }, async () => {
    const service = await startApi(open);
    const [ada, bob] = [await register(service, "ada"), await register(service, "bob")];
    const [adas, bobs] = [await keyOf(service, ada), await keyOf(service, bob)];
    const made = await service.call("POST", "/marketplace/packages", { headers: adas, body: offer });
    expect([made.status, made.body.status]).toEqual([201, "draft"]);
    const taken = await service.call("POST", "/marketplace/packages", { headers: bobs, body: offer });
    expect(taken.body.code).toBe("slug_taken");
    const { id } = made.body;

    const bytes = Buffer.concat([Buffer.from([0x1f, 0x8b]), randomBytes(200_000)]);
    const file = new Blob([new Uint8Array(bytes)]);
    const form = () =>
      formOf([
        ["artifact", file, "../../../etc/passwd.tgz"],
        ["version", "1.0.0"],
      ]);
    const published = await upload(service, id, adas, form());
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(published).toEqual({ status: 201, body: { version: "1.0.0", size: bytes.length, sha256 } });
    expect((await upload(service, id, bobs, form())).status).toBe(404);
    expect((await upload(service, id, adas, form())).body.code).toBe("version_exists");

    const found = await service.call("POST", "/marketplace/search", { body: { query: "tar" } });
    expect(found.body.data.map(({ slug }: { slug: string }) => slug)).toEqual(["tar-stream"]);
    const path = "/marketplace/packages/tar-stream";
    const own = await service.call("POST", `${path}/purchase`, { headers: adas });
    expect([own.status, own.body.code]).toEqual([409, "own_package"]);
    await service.payments.paymentMethods.attach({ subjectId: bob.id, paymentMethodId: "pm_card_visa" });
    const bought = await service.call("POST", `${path}/purchase`, { headers: bobs });
    expect(bought.body.purchase.status).toBe("paid");
    const download = await service.call("GET", `${path}/latest/download`, { headers: bobs });
    expect(download.headers.get("content-disposition")).toBe('attachment; filename="tar-stream-1.0.0.tgz"');
    expect(download.bytes.equals(bytes)).toBe(true);

    const link = await service.call("POST", `${path}/latest/download-link`, { headers: bobs, body: {} });
    expect(link.status).toBe(201);
    const at = link.body.url.replace("/api/v1", "");
    const part = await service.call("GET", at, { headers: { range: "bytes=2-5" } });
    expect([part.status, part.bytes.equals(bytes.subarray(2, 6))]).toEqual([206, true]);
    expect((await service.call("HEAD", at)).status).toBe(200);
    expect((await service.call("GET", `${at}x`)).body.code).toBe("invalid_link");

    const review = (headers: Record<string, string>) =>
      service.call("POST", `${path}/reviews`, { headers, body: { rating: 4, text: "Does what it says" } });
    expect((await review(adas)).body.code).toBe("purchase_required");
    expect((await review(bobs)).status).toBe(201);
    expect((await review(bobs)).body.code).toBe("already_reviewed");
    await service.call("PATCH", `${path}/reviews/mine`, { headers: bobs, body: { rating: 5 } });
    expect((await service.call("GET", path)).body.rating).toEqual({ average: 5, count: 1 });
    const listed = await service.call("GET", `${path}/reviews`);
    expect(listed.body.data).toMatchObject([{ rating: 5, text: "Does what it says" }]);
    expect((await service.call("DELETE", `${path}/reviews/mine`, { headers: bobs })).status).toBe(204);

    const balance = async () => (await service.call("GET", "/marketplace/publisher/balances", { headers: adas })).body;
    expect(await balance()).toMatchObject({ data: [{ balance: 1_700, held: 1_700, available: 0, volume: 2_000 }] });
    const refundPath = `/marketplace/purchases/${bought.body.purchase.id}/refund`;
    expect((await service.call("POST", refundPath, { headers: bobs })).status).toBe(404);
    const half = { amount: { amount: 1_000, currency: "usd" }, reason: "goodwill" };
    const headers = { ...adas, "idempotency-key": "refund-1" };
    const refunded = await service.call("POST", refundPath, { headers, body: half });
    expect(refunded.body).toMatchObject({ status: "succeeded", amount: half.amount });
    expect((await service.call("POST", refundPath, { headers, body: half })).body).toEqual(refunded.body);
    expect(await balance()).toMatchObject({ data: [{ balance: 850 }] });
    const root = await admin(service);
    expect((await service.call("POST", refundPath, { headers: root.session })).body.amount.amount).toBe(1_000);
    const mine = await service.call("GET", `/marketplace/purchases/${bought.body.purchase.id}`, { headers: bobs });
    expect(mine.body).toMatchObject({ status: "refunded", refunded: { amount: 2_000 } });
    expect((await service.call("GET", at)).body.code).toBe("payment_required");

    const query = "currency=usd&from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z";
    const statement = await service.call("GET", `/marketplace/publisher/statement?${query}`, { headers: adas });
    const sum = statement.body.lines.reduce((total: number, { amount }: { amount: number }) => total + amount, 0);
    expect(statement.body.opening + sum - statement.body.closing).toBe(0);
    const ledger = async (account: string) => service.payments.ledger.balance({ account, currency: "usd" });
    expect(await ledger(`seller:${ada.id}`)).toBe(0);
    expect(await ledger("revenue:commission")).toBe(0);
    expect((await service.payments.ledger.verify()).differences).toEqual([]);
  });

  test("whoever comes back from Stripe's page sees that they can be paid, though no webhook tells of it", async () => {
    const service = await startApi(open);
    const headers = await keyOf(service, await register(service, "ada"));
    const account = () => service.call("GET", "/marketplace/publisher/account", { headers });
    expect((await account()).body.code).toBe("not_found");
    await service.call("POST", "/marketplace/publisher/account", { headers, body: { country: "US" } });
    expect((await account()).body).toMatchObject({ transfersEnabled: false, detailsSubmitted: false });
    const urls = { returnUrl: "https://example.com/back", refreshUrl: "https://example.com/again" };
    const led = await service.call("POST", "/marketplace/publisher/account/onboarding", { headers, body: urls });
    await fetch(led.body.url, { method: "POST", redirect: "manual" });
    expect((await account()).body).toMatchObject({ transfersEnabled: true, detailsSubmitted: true });
  });

  test("an upload that is no upload is refused, and leaves the server well", { timeout: 60_000 }, async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    const headers = await keyOf(service, ada);
    const { id } = (await service.call("POST", "/marketplace/packages", { headers, body: offer })).body;
    const file = new Blob(["bytes"]);
    const large = new Blob([new Uint8Array(1_000_001)]);
    const cases: [FormData, number, string][] = [
      [formOf([["version", "1.0.0"]]), 422, "validation_failed"],
      [formOf([["artifact", file, "a"]]), 422, "validation_failed"],
      [
        formOf([
          ["version", "1.0.0"],
          ["artifact", "no file"],
        ]),
        422,
        "validation_failed",
      ],
      [
        formOf([
          ["version", "v1"],
          ["artifact", file, "a"],
        ]),
        422,
        "invalid_version",
      ],
      [
        formOf([
          ["version", "../1.0.0"],
          ["artifact", file, "a"],
        ]),
        422,
        "invalid_version",
      ],
      [
        formOf([
          ["version", "1.0.0"],
          ["artifact", new Blob([]), "a"],
        ]),
        422,
        "invalid_artifact",
      ],
      [
        formOf([
          ["version", "1.0.0"],
          ["artifact", large, "a"],
        ]),
        413,
        "artifact_too_large",
      ],
      [
        formOf([
          ["version", "1.0.0"],
          ["version", "1.0.1"],
          ["artifact", file, "a"],
        ]),
        400,
        "invalid_request",
      ],
      [
        formOf([
          ["version", "1.0.0"],
          ["artifact", file, "a"],
          ["artifact", file, "b"],
        ]),
        400,
        "invalid_request",
      ],
      [
        formOf([
          ["version", "1.0.0"],
          ["publisherId", "usr_x"],
          ["artifact", file, "a"],
        ]),
        422,
        "validation_failed",
      ],
      [
        formOf([
          ["version", "1.0.0"],
          ["__proto__", "x"],
          ["artifact", file, "a"],
        ]),
        422,
        "validation_failed",
      ],
      [
        formOf([
          ["version", "1".repeat(2_000)],
          ["artifact", file, "a"],
        ]),
        400,
        "invalid_request",
      ],
      [formOf(Array.from({ length: 30 }, (_, index) => [`field-${index}`, "x"] as const)), 400, "invalid_request"],
    ];
    for (const [form, status, code] of cases) {
      const refused = await upload(service, id, headers, form);
      expect([refused.status, refused.body.code], [...form.keys()].join()).toEqual([status, code]);
    }
    const raw = async (type: string | undefined, body: string) => {
      const more: Record<string, string> = type === undefined ? {} : { "content-type": type };
      const { status, body: problem } = await upload(service, id, { ...headers, ...more }, body);
      return [status, problem.code];
    };
    expect(await raw("application/json", "{}")).toEqual([415, "unsupported_media_type"]);
    expect(await raw("multipart/form-data", "x")).toEqual([415, "unsupported_media_type"]);
    expect(await raw("multipart/form-data; x=y", "x")).toEqual([400, "invalid_request"]);
    expect(await raw("multipart/form-data; boundary=b", "no boundary here")).toEqual([400, "invalid_request"]);
    const cut = '--b\r\ncontent-disposition: form-data; name="artifact"; filename="a"\r\n\r\nbytes';
    expect(await raw("multipart/form-data; boundary=b", cut)).toEqual([400, "invalid_request"]);
    const good = await upload(
      service,
      id,
      headers,
      formOf([
        ["version", "1.0.0"],
        ["artifact", file, "a.zip"],
      ]),
    );
    expect(good.status).toBe(201);
  });

  test("licences over HTTP: activated by their key, believed offline, rotated, revoked by an admin", async () => {
    const service = await startApi(open);
    const [ada, bob] = [await register(service, "ada"), await register(service, "bob")];
    const [adas, bobs] = [await keyOf(service, ada), await keyOf(service, bob)];
    const licenseTerms = { tier: "team", limits: { seats: 3 }, maxActivations: 1 };
    const body = { ...offer, kind: "service", licenseTerms };
    await service.call("POST", "/marketplace/packages", { headers: adas, body });
    await service.payments.paymentMethods.attach({ subjectId: bob.id, paymentMethodId: "pm_card_visa" });
    const bought = await service.call("POST", "/marketplace/packages/tar-stream/purchase", { headers: bobs });
    const key = bought.body.purchase.licenseKey;
    const activate = (fingerprint: string) =>
      service.call("POST", "/marketplace/licenses/activate", { body: { key, fingerprint } });
    const { body: activated } = await activate("device-one");
    expect(activated.license).not.toHaveProperty("key");
    expect((await activate("device-two")).body.code).toBe("activation_limit_reached");
    const keys = (await service.call("GET", "/marketplace/license-keys")).body;
    const now = service.emulator.clock.now();
    const verdict = await verifyLicense(activated.signed, {
      keys,
      now,
      package: "tar-stream",
      fingerprint: "device-one",
    });
    expect(verdict).toMatchObject({ valid: true, claims: { tier: "team", limits: { seats: 3 } } });
    const validate = async (more = {}) =>
      (await service.call("POST", "/marketplace/licenses/validate", { body: { key, ...more } })).body;
    expect(await validate({ fingerprint: "device-one" })).toMatchObject({ valid: true, reason: null });

    const [license] = (await service.call("GET", "/marketplace/licenses", { headers: bobs })).body.data;
    const rotated = await service.call("POST", `/marketplace/licenses/${license.id}/rotate`, { headers: bobs });
    expect(rotated.body.key).not.toBe(key);
    expect(await validate()).toMatchObject({ valid: false, reason: "unknown", license: null });
    const root = await admin(service);
    const revoke = { headers: root.session, body: { reason: "shared" } };
    expect((await service.call("POST", `/admin/marketplace/licenses/${license.id}/revoke`, revoke)).body.status).toBe(
      "revoked",
    );
    const signing = await service.call("POST", "/admin/marketplace/license-keys", { headers: root.session });
    expect(signing.status).toBe(201);
    expect((await service.call("GET", "/marketplace/license-keys")).body.keys).toHaveLength(2);
    const gone = await service.call("DELETE", `/admin/marketplace/license-keys/${signing.body.kid}`, {
      headers: root.session,
    });
    expect(gone.status).toBe(204);
  });

  test("publishers and moderators go by a package's slug as buyers do", async () => {
    const service = await startApi(open);
    const [ada, bob, root] = [await register(service, "ada"), await register(service, "bob"), await admin(service)];
    const [adas, bobs] = [await keyOf(service, ada), await keyOf(service, bob)];
    const path = "/marketplace/packages/tar-stream";
    const { id } = (await service.call("POST", "/marketplace/packages", { headers: adas, body: offer })).body;
    const form = () =>
      formOf([
        ["version", "1.0.0"],
        ["artifact", new Blob(["bytes"])],
      ]);
    expect((await upload(service, "tar-stream", bobs, form())).status).toBe(404);
    expect((await upload(service, "tar-stream", adas, form())).status).toBe(201);
    const post = async (action: string, body: object = {}, headers = adas) =>
      (await service.call("POST", `${path}/${action}`, { headers, body })).body;
    expect(await post("versions/1.0.0/deprecate", { message: "Use 2.0.0" })).toMatchObject({
      deprecation: "Use 2.0.0",
    });
    const changed = await service.call("PATCH", path, { headers: adas, body: { summary: "Streams tar" } });
    expect(changed.body).toMatchObject({ id, summary: "Streams tar", latestVersion: "1.0.0" });
    expect(await post("withdraw")).toMatchObject({ id, status: "withdrawn" });
    expect(await post("publish", {}, bobs)).toMatchObject({ status: 404 });
    expect(await post("publish")).toMatchObject({ id, status: "published" });
    expect(await post("versions/1.0.0/yank")).toMatchObject({ yanked: true });
    expect((await service.call("GET", path)).body).toMatchObject({ latestVersion: null });

    const asAdmin = { headers: root.session, body: { reason: "Copied" } };
    expect((await service.call("POST", `/admin${path}/suspend`, asAdmin)).body).toMatchObject({ id });
    const history = async (name: string) =>
      (await service.call("GET", `/admin/marketplace/packages/${name}/history`, { headers: root.session })).body;
    expect((await history("tar-stream")).data).toMatchObject([{ packageId: id, action: "suspended" }]);
    expect(await history("tar-steam")).toMatchObject({ status: 404 });
  });

  test("moderators see what waits, and a course ends with a certificate that anybody can look up", async () => {
    const service = await startApi(open);
    const [ada, bob] = [await register(service, "ada"), await register(service, "bob")];
    const [adas, bobs] = [await keyOf(service, ada), await keyOf(service, bob)];
    const lessons = [{ id: "one", title: "One" }];
    const body = { ...offer, slug: "shacl", kind: "course", price: null, course: { lessons } };
    const { id } = (await service.call("POST", "/marketplace/packages", { headers: adas, body })).body;
    const path = "/marketplace/packages/shacl";
    expect((await service.call("GET", `${path}/progress`, { headers: bobs })).body.code).toBe("payment_required");
    await service.call("POST", `${path}/purchase`, { headers: bobs });
    const done = await service.call("POST", `${path}/lessons/one/complete`, { headers: bobs });
    expect(done.body).toMatchObject({ completed: true, certificateId: null });
    const certificate = await service.call("POST", `${path}/certificate`, { headers: bobs, body: { holder: "Bob" } });
    const shown = await service.call("GET", `/marketplace/certificates/${certificate.body.id}`);
    expect(shown.body).toMatchObject({ holder: "Bob", title: "tar-stream", revokedAt: null });

    // Without a lesson there is nothing that one could have learnt.
    const bare = { ...offer, slug: "bare", kind: "course", price: null };
    await service.call("POST", "/marketplace/packages", { headers: adas, body: bare });
    await service.call("POST", "/marketplace/packages/bare/purchase", { headers: bobs });
    const none = { headers: bobs, body: { holder: "Bob" } };
    expect((await service.call("GET", "/marketplace/packages/bare/progress", { headers: bobs })).body).toMatchObject({
      completed: false,
    });
    expect((await service.call("POST", "/marketplace/packages/bare/certificate", none)).body.code).toBe(
      "course_not_completed",
    );

    const root = await admin(service);
    const decide = (action: string, reason?: string) =>
      service.call("POST", `/admin/marketplace/packages/${id}/${action}`, {
        headers: root.session,
        body: reason === undefined ? {} : { reason },
      });
    expect((await decide("approve")).body.code).toBe("not_in_review");
    expect((await decide("suspend", "Copied")).body).toMatchObject({ status: "suspended", moderationReason: "Copied" });
    expect((await service.call("GET", path)).status).toBe(404);
    const list = await service.call("GET", "/admin/marketplace/packages?status=suspended", { headers: root.session });
    expect(list.body.data.map((each: { id: string }) => each.id)).toEqual([id]);
    expect((await decide("reinstate")).body.status).toBe("published");
    const history = await service.call("GET", `/admin/marketplace/packages/${id}/history`, { headers: root.session });
    expect(history.body.data.map(({ action }: { action: string }) => action)).toEqual(["suspended", "reinstated"]);
  });
});
