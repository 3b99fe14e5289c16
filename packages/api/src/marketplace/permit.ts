/** The right to a download, and what its first one uses. */
import type { Tx } from "@revops/database";
import type { Download } from "@revops/marketplace";
import { assertAllowed } from "../quotas/charge-request.ts";
import type { ApiServices } from "../services.ts";

export interface WantedDownload {
  readonly subjectId: string;
  readonly listingId: string;
  readonly version: string;
}

/** Without `saas`, nothing is used up. */
export type PermitServices = Pick<ApiServices, "database" | "marketplace"> & Partial<Pick<ApiServices, "saas">>;

/**
 * Grants a download. A subject's first one of a template uses one `template_install`; both commit together, so a
 * refusal counts neither and a crash cannot part them.
 * @throws `package_not_found`, `version_not_found`, `payment_required`, `quota_exceeded`
 */
export async function permitDownload(services: PermitServices, wanted: WantedDownload): Promise<Download> {
  return services.database.transaction(async (tx) =>
    metered(services, await services.marketplace.downloads.open(wanted, tx), tx),
  );
}

/** Grants a download to whoever has a link. @throws `invalid_link`, and as {@link permitDownload} */
export async function permitByLink(services: PermitServices, token: string): Promise<Download> {
  return services.database.transaction(async (tx) =>
    metered(services, await services.marketplace.downloads.openLink(token, tx), tx),
  );
}

/** As {@link permitDownload}, with nothing counted: for `HEAD`, which downloads nothing. */
export function previewDownload(services: PermitServices, wanted: WantedDownload): Promise<Download> {
  return undone(services, async (tx) => metered(services, await services.marketplace.downloads.open(wanted, tx), tx));
}

/** As {@link permitByLink}, with nothing counted. */
export function previewByLink(services: PermitServices, token: string): Promise<Download> {
  return undone(services, async (tx) =>
    metered(services, await services.marketplace.downloads.openLink(token, tx), tx),
  );
}

/** Does it, and takes back that it was done. */
async function undone({ database }: PermitServices, grant: (tx: Tx) => Promise<Download>): Promise<Download> {
  const reason = Symbol("undone");
  let download: Download | undefined;
  try {
    await database.transaction(async (tx) => {
      download = await grant(tx);
      throw reason;
    });
  } catch (error) {
    if (error !== reason || !download) throw error;
  }
  if (!download) throw new Error("The transaction ended before it began.");
  return download;
}

/** A subject's first download of a template uses one `template_install`, however they came to it. */
async function metered({ saas }: PermitServices, download: Download, tx: Tx): Promise<Download> {
  const { first, listing, subjectId } = download;
  if (saas && first && listing.kind === "template") {
    const id = `template:${listing.id}`;
    assertAllowed(await saas.quotas.consume({ subjectId, feature: "template_install", id }, tx));
  }
  return download;
}
