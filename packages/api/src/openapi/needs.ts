/** What a route asks of its caller, in words: what the declaration says, for those who read the document. */
import { organizationRoleOf, type RouteSpec } from "../routes/route.ts";

const credentials: Readonly<Record<RouteSpec["credentials"], string>> = {
  none: "Needs no credentials.",
  optional: "Needs no credentials; wrong ones are refused.",
  required: "Needs a session or an API key.",
  session: "Needs a session; an API key is refused.",
};

/** One sentence or more. */
export function needsOf(spec: RouteSpec): string {
  const { scope, role, rateLimit, charge } = spec;
  const needsSomebody = spec.credentials === "required" || spec.credentials === "session";
  return [
    scope === undefined ? credentials[spec.credentials] : `Needs a session, or an API key with the scope \`${scope}\`.`,
    role === undefined ? "" : `Only for the role \`${role}\`.`,
    needsSomebody && role === undefined && organizationRoleOf(spec) === "admin"
      ? "For an organization its admins and owners may."
      : "",
    charge === undefined ? "" : `With credentials it uses one \`${charge}\`.`,
    typeof rateLimit === "number" && rateLimit > 1 ? `Counts as ${rateLimit} requests.` : "",
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}
