import type { SignedIn } from "@revops/auth";
import type { ApiServices } from "../services.ts";

/** What someone who signed in is shown: auth's answer, and the tier, which is not auth's to know. */
export const createShowSignedIn =
  (saas: ApiServices["saas"]) =>
  async ({ user, ...tokens }: SignedIn) => ({
    ...tokens,
    user: { ...user, tier: await saas.entitlements.tierOf(user.id) },
  });
