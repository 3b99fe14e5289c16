/** What Node itself takes: the same bodies from memory, and no framework: `floor.ts <{ bodies } as JSON>`. */
import { createServer } from "node:http";
import { announce } from "./serve.ts";

const { bodies }: { bodies: Record<string, object> } = JSON.parse(process.argv[2] ?? "");
const texts = new Map(Object.entries(bodies).map(([id, body]) => [id, JSON.stringify(body)]));

const server = createServer((request, response) => {
  const text = texts.get(request.url?.split("/").at(-1) ?? "");
  if (text === undefined) {
    response.writeHead(404).end();
    return;
  }
  const length = String(Buffer.byteLength(text));
  response.writeHead(200, ["Content-Type", "application/json; charset=utf-8", "Content-Length", length]);
  response.end(text);
});
server.listen(0, "127.0.0.1", () => announce(server));
