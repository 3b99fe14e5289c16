/** The plans as shipped. A service that sells something else declares its own with `definePlans`. */
import { money } from "@revops/core";
import { definePlans } from "./plans.ts";

/**
 * Free, Pro and Enterprise.
 *
 * `storage` is counted in whole megabytes of 1,000,000 bytes, so 10 GB are 10,000: the decimal units that disks and
 * invoices use. Templates are a standing count: an upgrade or a new month does not take installed ones away.
 */
export const standardPlans = definePlans({
  features: {
    api_call: { kind: "metered", name: "API calls" },
    template_install: { kind: "allocated", name: "Installed templates" },
    storage: { kind: "allocated", name: "Storage in MB" },
    custom_ontologies: { kind: "flag", name: "Custom ontologies" },
    priority_support: { kind: "flag", name: "Priority support" },
    sla: { kind: "static", name: "Promised availability" },
  },
  tiers: {
    free: {
      level: 0,
      name: "Free",
      price: money(0, "usd"),
      interval: "month",
      limits: { api_call: 1_000, template_install: 5, storage: 100 },
      flags: { custom_ontologies: false, priority_support: false },
      values: { sla: null },
    },
    pro: {
      level: 1,
      name: "Pro",
      price: money(2_900, "usd"),
      interval: "month",
      limits: { api_call: 100_000, template_install: 50, storage: 10_000 },
      flags: { custom_ontologies: true, priority_support: false },
      values: { sla: "99.5%" },
    },
    enterprise: {
      level: 2,
      name: "Enterprise",
      price: null,
      interval: "month",
      limits: { api_call: null, template_install: null, storage: null },
      flags: { custom_ontologies: true, priority_support: true },
      values: { sla: "99.99%" },
    },
  },
});
