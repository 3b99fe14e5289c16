import type { SignedIn } from "@revops/auth";
import type { ApiServices } from "../services.ts";

/** What someone who signed in is shown: auth's answer, and the tier, which is not auth's to know. */
export const createShowSignedIn =
  (auth: Pick<ApiServices["auth"], "tierOf">) =>
  async ({ user, ...tokens }: SignedIn) => ({
    ...tokens,
    user: { ...user, tier: await auth.tierOf(user.id) },
  });
