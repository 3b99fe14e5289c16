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
  return services.database.transaction((tx) => permit(services, wanted, tx));
}

/** As {@link permitDownload}, with nothing counted: for `HEAD`, which downloads nothing. */
export async function previewDownload(services: PermitServices, wanted: WantedDownload): Promise<Download> {
  const undone = Symbol("undone");
  let download: Download | undefined;
  try {
    await services.database.transaction(async (tx) => {
      download = await permit(services, wanted, tx);
      throw undone;
    });
  } catch (reason) {
    if (reason !== undone || !download) throw reason;
  }
  if (!download) throw new Error("The transaction ended before it began.");
  return download;
}

async function permit({ marketplace, saas }: PermitServices, wanted: WantedDownload, tx: Tx): Promise<Download> {
  const download = await marketplace.downloads.open(wanted, tx);
  const { first, listing } = download;
  if (saas && first && listing.kind === "template") {
    const { subjectId } = wanted;
    const id = `template:${listing.id}`;
    assertAllowed(await saas.quotas.consume({ subjectId, feature: "template_install", id }, tx));
  }
  return download;
}
