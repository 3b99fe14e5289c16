import express, { type Request, type Response } from "express";
import { expect, test } from "vitest";
import { indexRoutes } from "./lane.ts";

const routes = [
  ["post", "/packages/search"],
  ["get", "/packages/:id"],
  ["get", "/packages/:id/reviews"],
  ["post", "/packages/:id/reviews"],
  ["get", "/packages/:id/:version/download"],
  ["get", "/packages/latest/:version/download"],
  ["post", "/packages/:id/purchase"],
  ["get", "/packages/:id/logo", "bytes"],
  ["get", "/packages/:id/:version"],
  ["get", "/health"],
].map(([method = "", path = "", bytes]) => {
  const name = `${method} ${path}`;
  return { method, path, name, target: bytes ? undefined : name };
});

/** What Express itself runs, mounted as `mountRoutes` does it, and with which parameters. */
async function byExpress(method: string, url: string): Promise<object | undefined> {
  const router = express.Router({ caseSensitive: true });
  let found: object | undefined;
  for (const [path, group] of Map.groupBy(routes, (route) => route.path)) {
    for (const { method, name } of group) {
      router[method as "get" | "post"](path, (request, response) => {
        found = { target: name, params: { ...request.params } };
        response.end();
      });
    }
    // Answers 405.
    router.all(path, (_request, response) => void response.end());
  }
  await new Promise<void>((resolve) => {
    // What a router reads of a request and does to an answer.
    const request = { method, url } as Request;
    router(request, { end: resolve } as unknown as Response, () => resolve());
  });
  return found;
}

const find = indexRoutes(routes);

test.each([
  ["GET", "/packages/pkg_1"],
  ["GET", "/packages/pkg_1/reviews"],
  ["GET", "/packages/pkg_1/1.0.0-rc.1+x/download"],
  ["GET", "/packages/latest/1/download"],
  ["GET", "/packages/__proto__"],
  ["POST", "/packages/search"],
  ["POST", "/packages/search/purchase"],
  ["POST", "/packages/pkg_1/reviews"],
  ["GET", "/packages/pkg_1/1.0.0"],
  ["GET", "/health"],
])("%s %s is the route that Express runs", async (method, path) => {
  const found = await byExpress(method, path);
  expect(found).toBeDefined();
  const { target, params } = find(method, path) ?? {};
  expect({ target, params: { ...params } }).toEqual(found);
});

test.each([
  ["GET", "/packages"],
  ["GET", "/packages/search/purchase"],
  ["GET", "/Packages/pkg_1"],
  ["GET", "//packages/pkg_1"],
  ["GET", "/packages//reviews"],
  ["DELETE", "/health"],
  ["GET", "/packages/search"],
  ["GET", "/packages/pkg_1/purchase"],
  ["GET", "/"],
  ["GET", ""],
])("%s %s is no route, for Express neither", async (method, path) => {
  expect(find(method, path)).toBeUndefined();
  if (path !== "") expect(await byExpress(method, path)).toBeUndefined();
});

test.each([
  ["GET", "/health/", { target: "get /health", params: {} }],
  ["GET", "/packages/pkg%5F1", { target: "get /packages/:id", params: { id: "pkg_1" } }],
  ["GET", "/packages/%ff", undefined],
  ["HEAD", "/health", { target: "get /health", params: {} }],
  ["GET", "/health#top", { target: "get /health", params: {} }],
  ["GET", "/packages/pkg_1#top", { target: "get /packages/:id", params: { id: "pkg_1" } }],
  ["GET", "/packages/pkg_1/logo", { target: "get /packages/:id/logo", params: { id: "pkg_1" } }],
])("%s %s is left to Express", async (method, path, found) => {
  expect(find(method, path)).toBeUndefined();
  expect(await byExpress(method, path)).toEqual(found);
});
