import { type FaultOptions, requestFaults, webhookFaults } from "./faults.ts";

const known = {
  type: "string",
  method: "string",
  path: "string",
  event: "string",
  copies: "number",
  milliseconds: "number",
  times: "number",
  probability: "number",
  seed: "number",
  kept: "boolean",
} as const;

/** A fault as JSON. @throws RangeError that names what is wrong: a misspelt field would otherwise be a fault that never comes. */
export function readFault(body: unknown): FaultOptions {
  const wish = typeof body === "object" && body !== null ? body : {};
  const all = [...requestFaults, ...webhookFaults];
  const type = all.find((one) => "type" in wish && wish.type === one);
  if (type === undefined) throw new RangeError(`Say a type: ${all.join(", ")}.`);
  const forWebhooks = webhookFaults.some((one) => one === type);
  const foreign = forWebhooks ? ["method", "path", "kept"] : ["event", "copies"];
  for (const [name, value] of Object.entries(wish)) {
    if (!(name in known) || foreign.includes(name)) throw new RangeError(`A fault "${type}" has no "${name}".`);
    if (name === "times" && value === null) continue;
    if (typeof value !== known[name as keyof typeof known])
      throw new RangeError(`"${name}" must be a ${known[name as keyof typeof known]}.`);
  }
  if ("method" in wish && !["GET", "POST", "DELETE"].includes(String(wish.method)))
    throw new RangeError('"method" must be GET, POST or DELETE.');
  // Each field was compared with its type above.
  return { ...wish, type } as FaultOptions;
}
