/** Everything that may happen, and everything that must hold. Who adds to the package adds here. */
import { agree, changeTier, closeCycles } from "./agreements.ts";
import { aloneCredit, aloneCrowd, aloneReservation, aloneUse } from "./alone.ts";
import {
  creditsAreThose,
  eventsAreThose,
  historyIsTheSum,
  ledgerIsRight,
  previewIsTheReport,
  statementsTile,
  sumsAreThose,
} from "./checks.ts";
import { replace, voidEvent } from "./correct.ts";
import { crash } from "./crash.ts";
import { giveCredit } from "./credits.ts";
import { reserve, settle, sweep } from "./reserve.ts";
import { consume, recordMany } from "./use.ts";
import type { Check, Operation } from "./world.ts";

/** What happens at the same time. */
export const operations: readonly Operation[] = [
  ...[consume, recordMany, voidEvent, replace],
  ...[reserve, settle, sweep, giveCredit],
  ...[changeTier, agree, closeCycles, crash],
];

/** What happens while nothing else does, so that all it changes is known before. */
export const alone: readonly Operation[] = [aloneUse, aloneReservation, aloneCredit, aloneCrowd];

export const checks: readonly Check[] = [
  ...[ledgerIsRight, sumsAreThose, eventsAreThose],
  ...[historyIsTheSum, previewIsTheReport, creditsAreThose, statementsTile],
];
