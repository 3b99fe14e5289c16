/** @revops/saas: plans as code, entitlements, exact quotas and metering. A diff of this file is a diff of the public API. */
export type { Billing } from "./billing/billing.ts";
export type {
  BillingCycle,
  BillingCycleState,
  FeatureCost,
} from "./billing/billing-cycle.ts";
export type { Credit, CreditAccount, CreditBalance, CreditLedgerEntry } from "./credits/credit.ts";
export type { Credits, GrantInput } from "./credits/credits.ts";
export type { ChangePreview, ClosedCycle, CyclePreview, WhatIf, WhatIfCycle } from "./cycles/cycle.ts";
export type { Cycles } from "./cycles/cycles.ts";
export type { DiscountInput, Discounts, SubjectDiscount } from "./cycles/discounts.ts";
export type { LimitGrant, LimitSource, Overrides, ScheduledChange } from "./entitlements/agreement.ts";
export type { CustomTier, OverridesInput } from "./entitlements/check-agreement.ts";
export type { BillingPeriod, Entitlement, EntitlementCycle, EntitlementStatus } from "./entitlements/entitlement.ts";
export type { Entitlements } from "./entitlements/entitlements.ts";
export { type SaasErrorCode, saasErrors } from "./errors.ts";
export { enforceQuota } from "./express/express.ts";
export type { CreditAlert, QuotaAlert, SaasFacts } from "./facts.ts";
export type {
  BalanceDifference,
  CreditDifference,
  Difference,
  GroupDifference,
  HistoryDifference,
  TallyDifference,
} from "./ledger/difference.ts";
export type { Ledger } from "./ledger/ledger.ts";
export type { CorrectionResult, Corrections, EventName, Replacement } from "./metering/corrections.ts";
export type { BatchResult, Consumption, RecordResult, RejectedEvent, UsageEvent } from "./metering/event.ts";
export type { Lateness } from "./metering/event-rules.ts";
export type { Meters } from "./metering/meters.ts";
export { saasMigrations } from "./migrations.ts";
export type { Charge, ChargeDefinition, PriceTier, PriceTierDefinition } from "./plans/charge.ts";
export { diffPlans, type PlanChange } from "./plans/diff.ts";
export type { AddOn, AddOnDefinition, CreditPool, CreditPoolDefinition } from "./plans/extras.ts";
export type {
  Aggregation,
  FeatureDefinition,
  FeatureKind,
  Meter,
  MeterDefinition,
  OutagePolicy,
  PlanFeature,
  StaticValue,
} from "./plans/feature.ts";
export { definePlans, type PlanContent, type Plans } from "./plans/plans.ts";
export { standardPlans } from "./plans/standard.ts";
export type {
  CreditAllowance,
  CreditAllowanceDefinition,
  FeatureRule,
  LimitWindow,
  PlanTier,
  RuleDefinition,
  TierDefinition,
} from "./plans/tier.ts";
export type { PlanVersions } from "./plans/versions.ts";
export { refusalDetail, refusalFields } from "./quotas/quota-error.ts";
export type { Quotas } from "./quotas/quotas.ts";
export type { VerdictInputs } from "./quotas/reasons.ts";
export type { SpendCap } from "./quotas/spend-caps.ts";
export type {
  Verdict,
  VerdictCap,
  VerdictDrawn,
  VerdictReason,
  WouldPass,
} from "./quotas/verdict.ts";
export type { Discount } from "./rating/discount.ts";
export { overageCost } from "./rating/overage.ts";
export { type RatedUsage, type RatingInput, rate } from "./rating/rate.ts";
export type { Timeline } from "./rating/seats.ts";
export type {
  EventsReference,
  LineKind,
  Restatement,
  Share,
  Statement,
  StatementLine,
  Step,
  Term,
} from "./rating/statement.ts";
export type { Reservation, ReservationState } from "./reservations/reservation.ts";
export type { ReserveInput, ReserveResult, SettledReservation } from "./reservations/reservations.ts";
export { createSaas, type Saas, type SaasOptions } from "./saas.ts";
export { maxSubjectIdLength } from "./subject.ts";
export type { BreakdownGroup, BreakdownRequest } from "./usage/breakdown.ts";
export type { HistoryPoint, HistoryRequest } from "./usage/history.ts";
export type { EventsRequest, ListedEvent } from "./usage/listed-events.ts";
export type { FeatureUsage, UsageReport } from "./usage/report.ts";
export type { Usage } from "./usage/usage.ts";
export type { WeightedRequest, WeightedUsage } from "./usage/weighted.ts";
export type { Explanation, Replay, Verdicts } from "./verdicts/verdicts.ts";
