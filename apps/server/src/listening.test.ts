import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { closeServer, listenOn } from "./listening.ts";

test("a connection that a client would keep ends with what was under way, and the server with it", async () => {
  const server = createServer();
  await listenOn(server, { host: "127.0.0.1", port: 0 });
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const asked = once(server, "request") as Promise<[IncomingMessage, ServerResponse]>;
  const answered = once(get({ port, host: "127.0.0.1", agent }), "response") as Promise<[IncomingMessage]>;
  const [, underWay] = await asked;

  // Longer than the test may take: were the connection waited for, it would not end in time.
  const closed = closeServer(server, 0, 600_000);
  underWay.end("answered");
  const [answer] = await answered;
  expect(await answer.toArray()).toEqual([Buffer.from("answered")]);
  await closed;
});
