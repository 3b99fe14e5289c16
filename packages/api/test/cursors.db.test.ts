import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { keyOf, register, startApi } from "./service.ts";

forEachDatabase("lists", (open) => {
  test("pages join up, and a cursor that was changed or taken elsewhere is refused", async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    for (let index = 0; index < 5; index++) await keyOf(service, ada);
    const get = (path: string) => service.call("GET", path, { headers: ada.session });
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const { body } = await get(`/auth/keys?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...body.data.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(5);

    const { body } = await get("/auth/keys?limit=2");
    const given: string = body.nextCursor;
    const forged = `${Buffer.from(seen[0] ?? "").toString("base64url")}.${given.split(".")[1]}`;
    const long = "A".repeat(5_000);
    for (const bad of ["x", given.slice(0, -1), `${given}A`, `${given}.`, forged, given + long, "%00", ""]) {
      const { status, body } = await get(`/auth/keys?cursor=${bad}`);
      expect([status, body.code], bad).toEqual([400, "invalid_cursor"]);
    }
    for (const bad of [given, long, "\0", "\ud800"]) {
      const { status, body } = await service.call("POST", "/marketplace/search", { body: { cursor: bad } });
      expect([status, body.code], bad).toEqual([400, "invalid_cursor"]);
    }
    const elsewhere = await get(`/auth/sessions?cursor=${given}`);
    expect([elsewhere.status, elsewhere.body.code]).toEqual([400, "invalid_cursor"]);
    for (const limit of ["0", "101", "1.5", "-1", "abc", "", "1&limit=2"]) {
      expect((await get(`/auth/keys?limit=${limit}`)).status, limit).toBe(422);
    }
  });
});
