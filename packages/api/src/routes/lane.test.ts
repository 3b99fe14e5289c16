import express, { type Request, type Response } from "express";
import { expect, test } from "vitest";
import { indexRoutes } from "./lane.ts";

const routes = [
  ["get", "/packages/:id"],
  ["get", "/packages/:id/reviews"],
  ["get", "/packages/:id/:version/download"],
  ["get", "/packages/latest/:version/download"],
  ["post", "/packages/search"],
  ["post", "/packages/:id/purchase"],
  ["get", "/health"],
].map(([method = "", path = ""]) => ({ method, path, target: `${method} ${path}` }));

/** What Express itself runs, and with which parameters. */
async function byExpress(method: string, url: string): Promise<object | undefined> {
  const router = express.Router({ caseSensitive: true });
  let found: object | undefined;
  for (const { method, path, target } of routes) {
    router[method as "get" | "post"](path, (request, response) => {
      found = { target, params: { ...request.params } };
      response.end();
    });
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
  ["GET", "/"],
  ["GET", ""],
])("%s %s is no route, for Express neither", async (method, path) => {
  expect(find(method, path)).toBeUndefined();
  if (path !== "") expect(await byExpress(method, path)).toBeUndefined();
});

test.each([
  ["GET", "/health/"],
  ["GET", "/packages/pkg%5F1"],
  ["GET", "/packages/%ff"],
  ["HEAD", "/health"],
])("%s %s is left to Express", (method, path) => {
  expect(find(method, path)).toBeUndefined();
});
