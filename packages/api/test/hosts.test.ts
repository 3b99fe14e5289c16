/** Whom a request is for is said once, or the proxy in front and we may understand it differently. */
import { connect } from "node:net";
import { openOn } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { startApi } from "./service.ts";

/** Sends bytes; reads until the server ends the connection. */
async function exchange(url: string, bytes: string): Promise<{ status: number; head: string; body: unknown }> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(bytes);
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  const [head = "", body = ""] = answer.split("\r\n\r\n", 2);
  return { status: Number(head.split(" ")[1]), head, body: body === "" ? null : JSON.parse(body) };
}

test("no host, two, or one that is none: a problem, on every way to an answer", async () => {
  const { url } = await startApi(openOn("sqlite"));
  for (const path of ["/api/v1/health", "/api/v1/docs", "/elsewhere"]) {
    for (const hosts of [
      [],
      ["a.example", "b.example"],
      ["a.example", "a.example"],
      [""],
      ["a.example/b"],
      ["user@a.example"],
      ["a.example:80:80"],
      ["a b"],
      ["[::1"],
    ]) {
      const fields = hosts.map((host) => `Host: ${host}\r\n`).join("");
      const { status, head, body } = await exchange(url, `GET ${path} HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`);
      expect([path, hosts, status, body]).toMatchObject([
        path,
        hosts,
        400,
        { status: 400, code: "invalid_request", instance: path, requestId: expect.stringMatching(/^req_/) },
      ]);
      expect(head).toContain("application/problem+json");
    }
  }
});

test("a host that is one is fine, and none is in HTTP/1.0", async () => {
  const { url } = await startApi(openOn("sqlite"));
  for (const start of [
    "GET /api/v1/health HTTP/1.1\r\nHost: api.example.com\r\n",
    "GET /api/v1/health HTTP/1.1\r\nHost: My_service.local:3000\r\n",
    "GET /api/v1/health HTTP/1.1\r\nhost: 127.0.0.1:3000\r\n",
    "GET /api/v1/health HTTP/1.1\r\nHost: [::1]:3000\r\n",
    "GET /api/v1/health HTTP/1.0\r\n",
  ]) {
    expect(await exchange(url, `${start}Connection: close\r\n\r\n`), start).toMatchObject({ status: 200 });
  }
});
