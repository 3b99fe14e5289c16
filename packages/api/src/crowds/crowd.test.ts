import { once } from "node:events";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Response } from "express";
import { expect, onTestFinished, test } from "vitest";
import { type CrowdOptions, createCrowd } from "./crowd.ts";

/** A server whose log-ins wait until the test lets them go. */
async function start(options: CrowdOptions = {}) {
  const inside: { name: string; response: Response }[] = [];
  const app = express();
  const crowd = createCrowd(options);
  app.post("/api/v1/auth/login", async (request, response) => {
    await crowd(request, response);
    inside.push({ name: String(request.query["name"]), response });
  });
  app.get("/api/v1/health", (_request, response) => void response.end("lives"));
  const server = app.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  onTestFinished(() => server.closeAllConnections());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const base = `http://127.0.0.1:${port}/api/v1`;
  const post = (name: number, signal?: AbortSignal) =>
    fetch(`${base}/auth/login?name=${name}`, { method: "POST", body: "{}", ...(signal && { signal }) });
  return { inside, base, port, post };
}

async function until(check: () => boolean): Promise<void> {
  for (const end = performance.now() + 5_000; performance.now() < end; ) {
    if (check()) return;
    await new Promise((resume) => setTimeout(resume, 5));
  }
  throw new Error("It did not come to that.");
}

test("thirty-two of a crowd are inside at once, whoever goes makes room for one, and others are served meanwhile", async () => {
  const { inside, base, post } = await start();
  const names = Array.from({ length: 60 }, (_, n) => n);
  const answers = Promise.all(names.map((name) => post(name)));
  await until(() => inside.length === 32);
  expect(await (await fetch(`${base}/health`)).text()).toBe("lives");
  expect(inside).toHaveLength(32);
  for (let left = 0; left < 60; left++) {
    await until(() => inside.length === Math.min(32 + left, 60));
    inside[left]?.response.end();
  }
  expect((await answers).every(({ ok }) => ok)).toBe(true);
  expect(inside.map(({ name }) => Number(name)).toSorted((a, b) => a - b)).toEqual(names);
});

test("while a crowd still arrives two are inside, and the others once nobody comes any more", async () => {
  const { inside, base, post } = await start({ calmMs: 1_000, arrivalMs: 60_000 });
  const answers = Promise.all(Array.from({ length: 10 }, (_, n) => post(n)));
  await until(() => inside.length === 2);
  expect(await (await fetch(`${base}/health`)).text()).toBe("lives");
  await new Promise((resume) => setTimeout(resume, 200));
  expect(inside).toHaveLength(2);
  await until(() => inside.length === 10);
  for (const { response } of inside) response.end();
  expect((await answers).every(({ ok }) => ok)).toBe(true);
});

test("a crowd that never ceases to arrive is let in all the same", async () => {
  const { inside, post } = await start({ calmMs: 60_000, arrivalMs: 300 });
  const answers = Promise.all(Array.from({ length: 10 }, (_, n) => post(n)));
  await until(() => inside.length === 2);
  await new Promise((resume) => setTimeout(resume, 300));
  const latest = post(10);
  await until(() => inside.length === 11);
  for (const { response } of inside) response.end();
  expect((await Promise.all([latest, ...(await answers)])).every(({ ok }) => ok)).toBe(true);
});

test("who hangs up while waiting, or inside, takes no place", async () => {
  const { inside, post } = await start();
  const leaving = new AbortController();
  const gone = Array.from({ length: 50 }, (_, n) => post(n, leaving.signal).catch(() => undefined));
  await until(() => inside.length === 32);
  leaving.abort();
  await Promise.all(gone);
  const staying = Array.from({ length: 32 }, (_, n) => post(100 + n));
  const stayed = () => inside.filter(({ name }) => Number(name) >= 100);
  await until(() => stayed().length === 32);
  for (const { response } of stayed()) response.end();
  expect((await Promise.all(staying)).every(({ ok }) => ok)).toBe(true);
});

test("who sends slowly keeps nobody out", async () => {
  const { inside, port, post } = await start();
  for (let n = 0; n < 20; n++) {
    const path = `/api/v1/auth/login?name=${n}`;
    const slow = request({ port, host: "127.0.0.1", path, method: "POST", headers: { "content-length": 1_000 } });
    slow.on("error", () => undefined);
    slow.write("{");
    onTestFinished(() => void slow.destroy());
  }
  await until(() => inside.length === 20);
  const answer = post(100);
  await until(() => inside.length === 21);
  inside[20]?.response.end();
  expect((await answer).ok).toBe(true);
});
