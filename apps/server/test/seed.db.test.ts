import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { silentLogger } from "@revops/core";
import { migrate, openDatabase } from "@revops/database";
import { createMarketplace, fileArtifactStore, type Listing, marketplaceMigrations } from "@revops/marketplace";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { extract } from "tar-stream";
import { expect, onTestFinished, test } from "vitest";
import { seedMarketplace } from "../src/seed/seed.ts";
import { packPackage } from "../src/seed/tarball.ts";

const run = promisify(execFile);
const workspaceModules = join(import.meta.dirname, "../../../node_modules");

async function folder() {
  const path = await mkdtemp(join(tmpdir(), "revops-seed-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function openMarketplace(open: OpenDatabase) {
  const { url } = await open();
  const database = openDatabase({ url });
  onTestFinished(() => database.close());
  await migrate(database, [marketplaceMigrations]);
  const marketplace = createMarketplace({
    secret: "the secret of the seed's tests, 32 bytes and more",
    database,
    artifacts: fileArtifactStore({ directory: await folder() }),
    charge: async ({ reference }) => ({ paymentId: `pay_${reference}`, status: "succeeded", clientSecret: null }),
  });
  const seed = (modulesDirectory: string) =>
    seedMarketplace({ marketplace, database, modulesDirectory, logger: silentLogger });
  const all = async () => {
    const found: Listing[] = [];
    for (let after: string | undefined; ; ) {
      const { data, next } = await marketplace.listings.search({ sort: "name", limit: 100, after });
      found.push(...data);
      if (next === null) return found;
      after = next;
    }
  };
  return { ...marketplace, database, seed, all };
}

/** A `node_modules` as pnpm lays it out. */
async function installed(packages: readonly { name: string; version: string; [member: string]: unknown }[]) {
  const modules = await folder();
  for (const manifest of packages) {
    const entry = `${manifest.name.replace("/", "+")}@${manifest.version}`;
    const directory = join(modules, ".pnpm", entry, "node_modules", manifest.name);
    await mkdir(join(directory, "lib"), { recursive: true });
    await mkdir(join(directory, "node_modules/.bin"), { recursive: true });
    await writeFile(join(directory, "package.json"), JSON.stringify(manifest));
    await writeFile(join(directory, "lib/index.js"), `export default ${JSON.stringify(manifest.version)};\n`);
    await writeFile(join(directory, "node_modules/.bin/tool"), "not ours");
    await symlink("/etc/passwd", join(directory, "lib/passwd"));
  }
  return modules;
}

forEachDatabase("the marketplace's first filling", (open) => {
  test("offers at least 150 real packages of every kind, a few for money, each with a tarball that tar can read", async () => {
    const shop = await openMarketplace(open);
    const { listings } = await shop.seed(workspaceModules);
    expect(listings).toBeGreaterThanOrEqual(150);

    const offered = await shop.all();
    expect(offered).toHaveLength(listings);
    expect(offered.every(({ latestVersion }) => latestVersion !== null)).toBe(true);
    const priced = offered.filter(({ price }) => price !== null);
    expect(priced.length).toBeGreaterThanOrEqual(8);
    expect(priced.every(({ price }) => price && price.amount >= 500 && price.amount <= 4900)).toBe(true);
    const kinds = Map.groupBy(offered, ({ kind }) => kind);
    // More templates than the free tier's five, so that its limit can be met.
    expect(kinds.get("template")?.length).toBeGreaterThan(5);
    expect(kinds.get("ontology")?.length).toBeGreaterThan(1);

    const [express] = (await shop.listings.search({ query: "express", limit: 1 })).data;
    expect(express).toMatchObject({ slug: "express", kind: "package", category: "web", price: { amount: 4900 } });
    await shop.orders.purchase({ buyerId: "usr_1", listingId: "express" });
    const download = await shop.downloads.open({ subjectId: "usr_1", listingId: "express", version: "latest" });
    const bytes = await buffer(download.stream());
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(download.sha256);
    const file = join(await folder(), "express.tgz");
    await writeFile(file, bytes);
    const { stdout } = await run("tar", ["-xzOf", file, "package/package.json"]);
    expect(JSON.parse(stdout)).toMatchObject({ name: "express", version: download.version });
  });

  test("a start that was killed half-way is continued, a complete one is left alone, two at once do no harm", async () => {
    const shop = await openMarketplace(open);
    const modules = await installed([
      { name: "alpha", version: "1.0.0", keywords: ["config"], author: "Ada Lovelace <ada@example.org>" },
      { name: "alpha", version: "2.0.0", license: "ISC" },
      { name: "@scope/beta", version: "0.1.0-rc.1", keywords: "not a list", repository: "github:octo/beta" },
      { name: "gamma", version: "1.0.0" },
    ]);
    // What a killed start leaves: a draft with one of its versions, and a draft with none.
    const half = {
      summary: "x",
      description: "",
      kind: "package",
      category: "libraries",
      tags: [],
      price: null,
    } as const;
    const publisherId = `org_${createHash("sha256").update("npm").digest("hex").slice(0, 26)}`;
    await shop.listings.create({ ...half, publisherId, slug: "gamma", name: "gamma" });
    const { id } = await shop.listings.create({ ...half, publisherId, slug: "alpha", name: "alpha" });
    await shop.versions.publish({ listingId: id, version: "1.0.0", artifact: Buffer.from("from before") });

    await Promise.all([shop.seed(modules), shop.seed(modules)]);
    expect((await shop.all()).map(({ slug, latestVersion }) => [slug, latestVersion])).toEqual([
      ["alpha", "2.0.0"],
      ["gamma", "1.0.0"],
      ["scope-beta", "0.1.0-rc.1"],
    ]);
    expect((await shop.listings.get("alpha")).versions.map(({ version }) => version)).toEqual(["2.0.0", "1.0.0"]);
    expect((await shop.listings.get("scope-beta")).publisher.name).toBe("octo");
    expect(await shop.seed(workspaceModules)).toEqual({ listings: 0, versions: 0 });
    expect(await shop.all()).toHaveLength(3);
  });

  test("without installed packages the marketplace stays empty, and the next start tries again", async () => {
    const shop = await openMarketplace(open);
    expect(await shop.seed(join(await folder(), "absent"))).toEqual({ listings: 0, versions: 0 });
    expect((await shop.seed(await installed([{ name: "alpha", version: "1.0.0" }]))).listings).toBe(1);
  });
});

test("a tarball has the package's own files, the same bytes each time, and none that a link points to", async () => {
  const modules = await installed([{ name: "alpha", version: "1.0.0" }]);
  const directory = join(modules, ".pnpm/alpha@1.0.0/node_modules/alpha");
  const bytes = await packPackage(directory, { maxBytes: 10_000 });
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await writeFile(join(directory, "lib/index.js"), `export default "1.0.0";\n`);
  expect((await packPackage(directory, { maxBytes: 10_000 }))?.equals(bytes ?? Buffer.alloc(0))).toBe(true);
  const entries: unknown[] = [];
  const tar = Readable.from([gunzipSync(bytes ?? Buffer.alloc(0))]).pipe(extract());
  for await (const entry of tar) {
    entries.push([entry.header.name, entry.header.mtime?.toISOString()]);
    entry.resume();
  }
  const npmTime = "1985-10-26T08:15:00.000Z";
  expect(entries).toEqual([
    ["package/lib/index.js", npmTime],
    ["package/package.json", npmTime],
  ]);
  expect(await packPackage(directory, { maxBytes: 100 })).toBeNull();
});
