import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { silentLogger, systemClock } from "@revops/core";
import { expect, onTestFinished, test } from "vitest";
import { createOutbox } from "./outbox.ts";

async function serve() {
  const logged: unknown[][] = [];
  const outbox = createOutbox({
    clock: systemClock,
    logger: { ...silentLogger, info: (...line) => void logged.push(line) },
  });
  const server = outbox.app.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dev/outbox`;
  return { outbox, logged, get: (accept: string) => fetch(url, { headers: { accept } }) };
}

test("what strangers typed is text on the page, and codes are in no log", async () => {
  const { outbox, logged, get } = await serve();
  expect(await (await get("text/html")).text()).toContain("No letter yet");
  await outbox.send({ to: "ada@example.com", subject: "<script>1</script>", text: "rvc_secret & <img src=x>" });
  const page = await get("text/html");
  expect(page.headers.get("cache-control")).toBe("no-store");
  const html = await page.text();
  expect(html).toContain("rvc_secret &amp; &lt;img src=x&gt;");
  expect(html).not.toMatch(/<script|<img/);
  expect(JSON.stringify(logged)).toContain("/dev/outbox");
  expect(JSON.stringify(logged)).not.toContain("rvc_secret");
});

test("the newest hundred letters wait, also for a program", async () => {
  const { outbox, get } = await serve();
  for (let sent = 1; sent <= 101; sent++) await outbox.send({ to: "ada@example.com", subject: `${sent}`, text: "" });
  const { data } = (await (await get("application/json")).json()) as { data: { subject: string }[] };
  expect([data.length, data[0]?.subject, data.at(-1)?.subject]).toEqual([100, "101", "2"]);
});
