/**
 * A bucket for tests: keeps objects over real HTTP, and checks each request as S3 does, by code of its own: the signature
 * (AWS Signature Version 4), the digest of what is put, and its length.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export const credentials = { accessKeyId: "AKIATESTSONLY", secretAccessKey: "a secret of the tests" };

export interface TestBucket {
  readonly url: string;
  readonly objects: Map<string, Buffer>;
  /** Of each request that was let in: `PUT /bucket/ab/abc…`. */
  readonly requests: string[];
  /** Statuses that the next requests are answered with, whatever they ask. */
  readonly failures: number[];
}

const hex = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

export async function openBucket(region = "us-east-1"): Promise<TestBucket> {
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  const failures: number[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const failure = failures.shift();
    if (failure !== undefined) return void response.writeHead(failure).end();
    const refused = refusalOf(request, body, region);
    if (refused !== null) return void response.writeHead(403).end(refused);
    const { method, url = "" } = request;
    requests.push(`${method} ${url}`);
    if (method === "PUT") {
      objects.set(url, body);
      return void response.writeHead(200, { etag: `"${hex(body)}"` }).end();
    }
    const object = objects.get(url);
    if (!object) return void response.writeHead(404).end();
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const etag = `"${hex(object)}"`;
    if (start === undefined || end === undefined) {
      return void response.writeHead(200, { etag, "content-length": object.length }).end(object);
    }
    const part = object.subarray(Number(start), Number(end) + 1);
    const range = `bytes ${start}-${end}/${object.length}`;
    response.writeHead(206, { etag, "content-length": part.length, "content-range": range }).end(part);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/bucket`, objects, requests, failures };
}

/** Why S3 would not let it in; null when it would. */
function refusalOf({ method, url = "", headers }: IncomingMessage, body: Buffer, region: string): string | null {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, id, day = "", signedRegion, names = "", signature] = pattern.exec(headers.authorization ?? "") ?? [];
  if (id !== credentials.accessKeyId || signedRegion !== region) return "another key, or another region";
  const digest = String(headers["x-amz-content-sha256"]);
  if (method === "PUT" && headers["content-length"] !== String(body.length)) return "no length";
  if (digest !== "UNSIGNED-PAYLOAD" && digest !== hex(body)) return "another digest";
  if (method === "PUT" && digest === "UNSIGNED-PAYLOAD") return "no digest";
  const date = String(headers["x-amz-date"]);
  if (!date.startsWith(day)) return "another day";
  const signed = names.split(";").map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const [path = "", query = ""] = url.split("?");
  const canonical = [method, path, query, signed.join(""), names, digest].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", date, scope, hex(canonical)].join("\n");
  const key = [region, "s3", "aws4_request"].reduce<Buffer>(
    (before, part) => hmac(before, part),
    hmac(`AWS4${credentials.secretAccessKey}`, day),
  );
  return hmac(key, toSign).toString("hex") === signature ? null : "another signature";
}
