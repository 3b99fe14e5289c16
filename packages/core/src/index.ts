/** @revops/core: what every RevOps package shares. A diff of this file is a diff of the public API. */
export { type Clock, dayMs, hourMs, minuteMs, secondMs, systemClock } from "./clock.ts";
export { type Correlation, currentCorrelation, runCorrelated } from "./correlation.ts";
export { type Decimal, type DecimalInput, decimal } from "./decimal/decimal.ts";
export { type DecimalErrorCode, decimalErrors } from "./decimal/errors.ts";
export { multiplyToMinorUnits, type Rounding, shareToMinorUnits, toMinorUnits } from "./decimal/rounding.ts";
export { fromScaled, scaledToNumber, toScaled } from "./decimal/scaled.ts";
export {
  defineErrors,
  type ErrorCode,
  type ErrorContext,
  type ErrorTable,
  isRevopsError,
  RevopsError,
} from "./error.ts";
export { createFacts, type FactEmitter, type Facts } from "./facts.ts";
export { createId } from "./id.ts";
export { canonicalJson, type JsonObject, type JsonValue } from "./json.ts";
export { type Logger, silentLogger } from "./logger.ts";
export {
  addMoney,
  formatMoney,
  type Money,
  type MoneyErrorCode,
  minorUnitDecimals,
  money,
  moneyErrors,
  negateMoney,
} from "./money.ts";
export { type Page, type PageRequest, pageOf } from "./page.ts";
export { type BucketInterval, bucketStart } from "./period/bucket.ts";
export type { CalendarCycle, Cycle, FixedCycle, Interval, Period } from "./period/cycle.ts";
export { type PeriodErrorCode, periodErrors } from "./period/errors.ts";
export { contains, daysRemaining, type ElapsedFraction, fractionElapsed } from "./period/interval.ts";
export { nextPeriod, periodAt, periodByIndex, periodsBetween, previousPeriod } from "./period/period.ts";
export { constantTimeEqual, randomToken, type Secret, secret, sha256 } from "./secret.ts";
export { isStorableText } from "./text.ts";
