/** Uploads: a form with one file (RFC 7578), put aside on disk while it arrives, so that no memory holds it. */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Busboy } from "@fastify/busboy";
import { apiErrors } from "../problems/errors.ts";

export interface Upload {
  readonly fields: Readonly<Record<string, string>>;
  /** The files that came, by the name of their field. */
  readonly files: Readonly<Record<string, { readonly path: string; readonly fileName: string; readonly size: number }>>;
}

export interface UploadLimits {
  /** Bytes of a file at most. */
  readonly fileBytes: number;
  /** Milliseconds without a byte until an upload is given up. */
  readonly idleMs?: number;
}

const mostFields = 10;
const longestField = 1_000;
const standardIdleMs = 30_000;

/**
 * Reads a form and hands it to `use`; what was put aside is gone afterwards, whatever happened.
 * @throws `unsupported_media_type`, `payload_too_large`, `invalid_request` for what is no form, `request_timeout`
 */
export async function withUpload<T>(
  request: IncomingMessage,
  limits: UploadLimits,
  use: (upload: Upload) => Promise<T>,
): Promise<T> {
  if (!/^multipart\/form-data\s*;/i.test(request.headers["content-type"] ?? "")) {
    throw apiErrors.unsupported_media_type({ detail: "Send the form as multipart/form-data." });
  }
  if (request.headers["content-encoding"] !== undefined) {
    throw apiErrors.unsupported_media_type({ detail: "Send the body without Content-Encoding." });
  }
  const folder = await mkdtemp(join(tmpdir(), "revops-upload-"));
  try {
    return await use(await receive(request, limits, folder));
  } catch (error) {
    // The rest flows away unread, so that the answer can still be sent.
    request.resume();
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function receive(
  request: IncomingMessage,
  { fileBytes, idleMs = standardIdleMs }: UploadLimits,
  folder: string,
): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const fields: Record<string, string> = Object.create(null);
    const files: Record<string, { path: string; fileName: string; size: number }> = Object.create(null);
    const writing: Promise<void>[] = [];
    // It throws for what is no form: before there is a timer that nobody would clear.
    const form = openForm(request, fileBytes);
    let timer: NodeJS.Timeout | undefined;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => fail(apiErrors.request_timeout()), idleMs);
    };
    const end = () => {
      clearTimeout(timer);
      request.off("data", alive).off("aborted", onGone);
    };
    const fail = (error: unknown) => {
      end();
      request.unpipe(form);
      form.destroy();
      reject(error);
    };
    const onGone = () => fail(apiErrors.invalid_request({ detail: "The body ended too early." }));
    const tooLarge = () =>
      apiErrors.payload_too_large({ detail: `A file has ${fileBytes} bytes at most.`, fields: { limit: fileBytes } });
    const malformed = (detail: string) => apiErrors.invalid_request({ detail });

    form.on("field", (name, value, nameCut, valueCut) => {
      if (nameCut || valueCut) fail(malformed(`A field has up to ${longestField} bytes.`));
      else if (name in fields || name in files) fail(malformed("Each field comes once."));
      else fields[name] = value;
    });
    form.on("file", (name, stream, fileName) => {
      if (name in fields || name in files) {
        stream.resume();
        fail(malformed("Each field comes once."));
        return;
      }
      const path = join(folder, String(writing.length));
      const file = { path, fileName, size: 0 };
      files[name] = file;
      stream.on("limit", () => fail(tooLarge()));
      stream.on("data", (chunk: Buffer) => {
        file.size += chunk.length;
      });
      writing.push(pipeline(stream, createWriteStream(path, { flags: "wx", mode: 0o600 })));
      writing.at(-1)?.catch(fail);
    });
    for (const limit of ["partsLimit", "filesLimit", "fieldsLimit"] as const) {
      form.on(limit, () => fail(malformed("The form has too many parts.")));
    }
    form.on("error", (cause) => fail(apiErrors.invalid_request({ detail: "The form cannot be read.", cause })));
    form.on("finish", () => {
      end();
      Promise.all(writing).then(() => resolve({ fields, files }), reject);
    });
    alive();
    request.on("data", alive).on("aborted", onGone);
    request.pipe(form);
  });
}

function openForm(request: IncomingMessage, fileSize: number): InstanceType<typeof Busboy> {
  const headers = { ...request.headers, "content-type": request.headers["content-type"] ?? "" };
  const limits = { fileSize, fields: mostFields, files: 1, parts: mostFields + 1, fieldSize: longestField };
  try {
    return new Busboy({ headers, limits });
  } catch (cause) {
    throw apiErrors.invalid_request({ detail: "The form has no boundary.", cause });
  }
}
