/** Finding, buying and downloading, with what they use of the quota. */
import { createHash, randomBytes } from "node:crypto";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { keyOf, type Person, register, startApi, type TestApi } from "./service.ts";

interface Offer {
  readonly slug: string;
  readonly kind?: "package" | "template";
  readonly price?: number;
  readonly bytes?: Buffer;
}

async function publish({ marketplace }: TestApi, { slug, kind = "package", price, bytes }: Offer) {
  const listing = await marketplace.listings.create({
    publisherId: "usr_publisher",
    slug,
    name: slug,
    kind,
    summary: `The ${slug}`,
    description: "",
    category: "files",
    tags: ["tar"],
    price: price === undefined ? null : { amount: price, currency: "usd" },
  });
  const artifact = bytes ?? Buffer.from(`bytes of ${slug}`);
  await marketplace.versions.publish({ listingId: listing.id, version: "1.0.0", artifact });
  await marketplace.listings.publish({ listingId: listing.id });
  return listing;
}

async function used({ saas }: TestApi, { id }: Person, feature: string) {
  return (await saas.usage.report(id)).features.find((each) => each.feature === feature)?.used;
}

forEachDatabase("the marketplace over HTTP", (open) => {
  test("search pages join up, cursors belong to their search, and facets count", async () => {
    const service = await startApi(open);
    for (const slug of ["tar-a", "tar-b", "tar-c"]) await publish(service, { slug });
    await publish(service, { slug: "tar-dear", price: 900 });
    const search = (body: object) => service.call("POST", "/marketplace/search", { body });
    const first = await search({ query: "tar", limit: 3 });
    expect(first.body.data).toHaveLength(3);
    expect(first.body.facets.category).toEqual([{ value: "files", count: 4 }]);
    const rest = await search({ query: "tar", limit: 3, cursor: first.body.nextCursor });
    expect(rest.body).toMatchObject({ nextCursor: null });
    expect(rest.body.data).toHaveLength(1);
    const other = await search({ query: "tar", kind: "template", cursor: first.body.nextCursor });
    expect([other.status, other.body.code]).toEqual([400, "invalid_cursor"]);
    expect((await search({ maxPrice: 899 })).body.data).toHaveLength(3);
    expect((await search({ maxPrice: { amount: 900, currency: "usd" } })).body.data).toHaveLength(4);
    for (const bad of [
      { limit: 0 },
      { limit: 101 },
      { maxPrice: -1 },
      { maxPrice: 1.5 },
      { kind: "car" },
      { sort: "x" },
    ]) {
      expect((await search(bad)).body.code, JSON.stringify(bad)).toBe("validation_failed");
    }
  });

  test("a request with credentials uses one api_call, one without none; at the limit it is refused with all that is needed", async () => {
    const service = await startApi(open);
    await publish(service, { slug: "tar-a" });
    const ada = await register(service, "ada");
    const headers = await keyOf(service, ada);
    await service.call("POST", "/marketplace/search", { body: {} });
    await service.call("GET", "/marketplace/packages/tar-a");
    expect(await used(service, ada, "api_call")).toBe(0);
    await service.call("POST", "/marketplace/search", { headers, body: {} });
    await service.call("GET", "/marketplace/packages/tar-a", { headers });
    await service.call("GET", "/marketplace/packages/nobodys", { headers });
    expect(await used(service, ada, "api_call")).toBe(3);
    await service.call("POST", "/marketplace/search", { headers, body: { limit: 0 } });
    await service.call("GET", "/auth/me", { headers });
    await service.call("GET", "/billing/usage", { headers });
    expect(await used(service, ada, "api_call")).toBe(3);

    await service.saas.quotas.consume({ subjectId: ada.id, feature: "api_call", quantity: 996 });
    const racing = await Promise.all(
      Array.from({ length: 10 }, () => service.call("GET", "/marketplace/packages/tar-a", { headers })),
    );
    expect(racing.filter(({ status }) => status === 200)).toHaveLength(1);
    // Who is refused learns nothing of what is there.
    expect((await service.call("GET", "/marketplace/packages/nobodys", { headers })).status).toBe(429);
    const refused = await service.call("POST", "/marketplace/search", { headers, body: {} });
    expect(refused.body).toMatchObject({
      status: 429,
      code: "quota_exceeded",
      feature: "api_call",
      limit: 1_000,
      used: 1_000,
    });
    const wait = (Date.parse(refused.body.resetsAt) - service.emulator.clock.now().getTime()) / 1000;
    expect(Math.abs(Number(refused.headers.get("retry-after")) - wait)).toBeLessThan(10);
    expect((await service.call("GET", "/billing/usage", { headers })).status).toBe(200);
  });

  test("a paid package: 402 before, bought once, and the bytes are the published ones", async () => {
    const service = await startApi(open);
    const bytes = randomBytes(300_000);
    await publish(service, { slug: "tar-dear", price: 1_000, bytes });
    const ada = await register(service, "ada");
    const headers = await keyOf(service, ada);
    const path = "/marketplace/packages/tar-dear";
    expect((await service.call("GET", `${path}/latest/download`, { headers })).body.code).toBe("payment_required");
    const buy = (key: string) =>
      service.call("POST", `${path}/purchase`, { headers: { ...headers, "idempotency-key": key } });
    expect((await buy("without a card".replaceAll(" ", "-"))).body.code).toBe("payment_required");
    const declining = { paymentMethodId: "pm_card_chargeDeclinedInsufficientFunds" };
    const declined = await service.call("POST", `${path}/purchase`, { headers, body: declining });
    expect(declined.body).toMatchObject({ status: 402, code: "card_declined", declineCode: "insufficient_funds" });
    // Of the two things that are named, it is not the package that is not there.
    const unknown = await service.call("POST", `${path}/purchase`, { headers, body: { paymentMethodId: "pm_nope" } });
    expect(unknown.body).toMatchObject({
      ...{ status: 404, code: "not_found", detail: "There is no such payment method." },
      errors: [{ path: "paymentMethodId", message: "There is no such payment method" }],
    });

    await service.payments.paymentMethods.attach({ subjectId: ada.id, paymentMethodId: "pm_card_visa" });
    const bought = await buy("k");
    expect([bought.status, bought.body.purchase?.status]).toEqual([201, "paid"]);
    expect(bought.body.purchase.commission).toEqual({ amount: 150, currency: "usd" });
    expect((await buy("k")).body).toEqual(bought.body);
    expect((await buy("another")).body.code).toBe("already_purchased");
    const list = await service.call("GET", "/marketplace/purchases", { headers });
    expect(list.body.data).toEqual([bought.body.purchase]);

    const sha256 = createHash("sha256").update(bytes).digest();
    const whole = await service.call("GET", `${path}/latest/download`, { headers });
    expect(whole.bytes.equals(bytes)).toBe(true);
    expect(whole.headers.get("etag")).toBe(`"${sha256.toString("hex")}"`);
    expect(whole.headers.get("digest")).toBe(`sha-256=${sha256.toString("base64")}`);
    expect(whole.headers.get("content-disposition")).toBe('attachment; filename="tar-dear-1.0.0.bin"');
    const get = (more: Record<string, string>, method = "GET") =>
      service.call(method, `${path}/1.0.0/download`, { headers: { ...headers, ...more } });
    const part = await get({ range: "bytes=100-199" });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, "bytes 100-199/300000"]);
    expect(part.bytes.equals(bytes.subarray(100, 200))).toBe(true);
    expect((await get({ range: "bytes=-5" })).bytes.equals(bytes.subarray(-5))).toBe(true);
    expect((await get({ range: "bytes=299990-" })).bytes.equals(bytes.subarray(299_990))).toBe(true);
    const beyond = await get({ range: "bytes=300000-" });
    expect([beyond.body.code, beyond.headers.get("content-range")]).toEqual([
      "range_not_satisfiable",
      "bytes */300000",
    ]);
    // What describes the file does not describe the problem.
    for (const name of ["digest", "content-disposition", "etag"]) expect(beyond.headers.get(name)).toBeNull();
    const all = await get({ range: "bytes=-300001" });
    expect([all.status, all.headers.get("content-range"), all.bytes.length]).toEqual([
      206,
      "bytes 0-299999/300000",
      300_000,
    ]);
    const tag = whole.headers.get("etag") ?? "";
    for (const held of [tag, `"other", ${tag}`, "*"]) expect((await get({ "if-match": held })).status).toBe(200);
    for (const lost of ['"other"', `W/${tag}`]) {
      const resumed = await get({ "if-match": lost, range: "bytes=5-" });
      expect([resumed.status, resumed.body.code]).toEqual([412, "precondition_failed"]);
    }
    for (const odd of ["bytes=0-1,5-6", "lines=1-2", "bytes=x"]) expect((await get({ range: odd })).status).toBe(200);
    expect((await get({ range: "bytes=0-1", "if-range": '"other"' })).status).toBe(200);
    const same = await get({ "if-none-match": whole.headers.get("etag") ?? "" });
    expect([same.status, same.bytes.length]).toEqual([304, 0]);
    const head = await get({}, "HEAD");
    expect([head.status, head.bytes.length, head.headers.get("content-length")]).toEqual([200, 0, "300000"]);
    for (const version of ["9.9.9", "..", "%2e%2e%2f", "latest%00", "1.0.0%2f..%2f"]) {
      expect((await service.call("GET", `${path}/${version}/download`, { headers })).status, version).toBe(404);
    }
  });

  test("a price that no card can be charged is said, and is no failure of ours", async () => {
    const service = await startApi(open);
    await publish(service, { slug: "tar-cheap", price: 49 });
    const ada = await register(service, "ada");
    const headers = await keyOf(service, ada);
    const body = { paymentMethodId: "pm_card_visa" };
    const refused = await service.call("POST", "/marketplace/packages/tar-cheap/purchase", { headers, body });
    expect([refused.status, refused.body.code]).toEqual([422, "invalid_amount"]);
    expect(refused.body.detail).toContain("at least");
    expect((await service.call("GET", "/marketplace/purchases", { headers })).body.data).toEqual([]);
  });

  test("a template's first download uses one install, together with its record; over the limit neither is kept", async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    const headers = await keyOf(service, ada);
    const slugs = Array.from({ length: 6 }, (_, index) => `template-${index}`);
    for (const slug of slugs) await publish(service, { slug, kind: "template" });
    const get = (slug: string, method = "GET") =>
      service.call(method, `/marketplace/packages/${slug}/latest/download`, { headers });
    expect((await get("template-0", "HEAD")).status).toBe(200);
    expect(await used(service, ada, "template_install")).toBe(0);
    await Promise.all(Array.from({ length: 5 }, () => get("template-0")));
    expect(await used(service, ada, "template_install")).toBe(1);
    for (const slug of slugs.slice(1, 5)) expect((await get(slug)).status).toBe(200);
    const refused = await get("template-5");
    expect(refused.body).toMatchObject({ status: 429, feature: "template_install", limit: 5, used: 5, resetsAt: null });
    expect((await service.marketplace.listings.get("template-5")).downloads).toBe(0);
    expect((await get("template-0")).status).toBe(200);
  });
});
