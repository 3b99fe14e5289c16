/** Everything that may happen, and everything that must hold. Who adds to the package adds here. */
import { eventsAreThose, ledgerIsRight, sumsAreThose } from "./checks.ts";
import { replace, voidEvent } from "./correct.ts";
import type { Check, Operation } from "./model.ts";
import { consume, recordMany } from "./use.ts";
import { changeTier, crash } from "./world-changes.ts";

export const operations: readonly Operation[] = [consume, recordMany, voidEvent, replace, changeTier, crash];

export const checks: readonly Check[] = [ledgerIsRight, eventsAreThose, sumsAreThose];
