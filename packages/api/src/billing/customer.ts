/** Whom Stripe bills. */
import type { Principal } from "@revops/auth";
import type { ApiServices } from "../services.ts";

/**
 * Makes sure that the subject is a customer. With the address of who acts, so that Stripe can send receipts to it; an
 * organization is billed under its own name.
 */
export async function ensureCustomer(
  { auth, payments }: Pick<ApiServices, "auth" | "payments">,
  { subjectId, userId, email, organization }: Principal,
): Promise<void> {
  const known = organization && (await auth.organizations.get({ organizationId: organization.id, userId }));
  await payments.customers.ensure({ subjectId, email, ...(known ? { name: known.name } : {}) });
}
