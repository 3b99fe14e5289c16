/** @revops/core: what every RevOps package shares. A diff of this file is a diff of the public API. */
export { type Clock, dayMs, hourMs, minuteMs, secondMs, systemClock } from "./clock.ts";
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
export { constantTimeEqual, randomToken, type Secret, secret, sha256 } from "./secret.ts";
export { isStorableText } from "./text.ts";
