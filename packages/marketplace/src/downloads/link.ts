/** Links that carry a right for a short time: made for a browser or a tool that has no credentials. */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

interface LinkContent {
  readonly subjectId: string;
  readonly listingId: string;
  /** Never `latest`: a link is for certain bytes. */
  readonly version: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

export interface Links {
  write(content: LinkContent): string;
  /** Null for what was not written here, was changed, or is over. */
  read(token: string, now: Date): LinkContent | null;
}

const form = /^([\w-]{1,2000})\.([\w-]{43})$/;

export function createLinks(secret: string): Links {
  const key = new Uint8Array(hkdfSync("sha256", secret, "", "revops/marketplace/download-links", 32));
  const mark = (body: string) => createHmac("sha256", key).update(body).digest("base64url");
  return {
    write({ subjectId, listingId, version, expiresAt }) {
      const body = Buffer.from(JSON.stringify([subjectId, listingId, version, expiresAt])).toString("base64url");
      return `${body}.${mark(body)}`;
    },
    read(token, now) {
      const [, body = "", given = ""] = form.exec(token) ?? [];
      // Compared as text: another spelling of the same bytes is another link.
      if (body === "" || !timingSafeEqual(Buffer.from(mark(body)), Buffer.from(given))) return null;
      // Signed by us, so it is what `write` wrote.
      const [subjectId, listingId, version, expiresAt] = JSON.parse(Buffer.from(body, "base64url").toString()) as [
        string,
        string,
        string,
        number,
      ];
      return expiresAt * 1_000 > now.getTime() ? { subjectId, listingId, version, expiresAt } : null;
    },
  };
}
