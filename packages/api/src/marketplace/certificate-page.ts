/** A certificate for whoever was sent its address: is it genuine, whose is it, and what for? */
import type { Certificate } from "@revops/marketplace";
import type { Request, Response } from "express";
import { answerPage, html, type Markup } from "../pages/page.ts";

const dates = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });
const dateOf = (at: Date): Markup => html`<time datetime="${at.toISOString()}">${dates.format(at)}</time>`;

/** @param keysPath where the public keys are by which it is checked elsewhere */
export function answerCertificate(response: Response, certificate: Certificate, keysPath: string): void {
  const { id, title, holder, issuedAt, revokedAt, signed } = certificate;
  const state = revokedAt
    ? html`<p class="state bad"><span aria-hidden="true">✕</span> <span>Not valid: it was taken back on ${dateOf(revokedAt)}.</span></p>`
    : html`<p class="state good"><span aria-hidden="true">✓</span> <span>Genuine: it was issued here, and is valid.</span></p>`;
  const elsewhere =
    signed === null
      ? html``
      : html`<details>
  <summary>Check it without this server</summary>
  <p>This text is the certificate, signed with Ed25519. <code>verifyCertificate</code> of
  <code>@revops/marketplace/license</code> checks it by <a href="${keysPath}">the public keys</a>. That it was taken back since, only
  this page tells.</p>
  <pre tabindex="0">${signed}</pre>
</details>`;
  answerPage(response, {
    title: `${title}, ${holder}: certificate`,
    content: html`
${state}
<h1 dir="auto">${title}</h1>
<p class="quiet">The course was completed by</p>
<p class="name" dir="auto">${holder}</p>
<dl>
  <dt>Issued</dt><dd>${dateOf(issuedAt)}</dd>
  <dt>Number</dt><dd><code>${id}</code></dd>
</dl>
${elsewhere}
`,
  });
}

/** For a person whose link names none. */
export function answerNoCertificate(response: Response): void {
  answerPage(response, {
    status: 404,
    title: "No such certificate",
    content: html`
<p class="state bad"><span aria-hidden="true">✕</span> <span>Nothing was issued here under this number.</span></p>
<h1>No such certificate</h1>
<p>The address may have been copied in part. If it is whole, what it claims is not true.</p>
`,
  });
}

/** Where a certificate's page is. */
export const certificatePagePath = ({ baseUrl }: Pick<Request, "baseUrl">, id: string) =>
  `${baseUrl}/marketplace/certificates/${id}/page`;
