/** One balance inside a transaction: where it stands, and what taking from it and giving back to it changes. */
import { bucketStart, dayMs, hourMs } from "@revops/core";
import type { CreditSource } from "../credits/credit-source.ts";
import { book as bookGrant, byDrawingOrder, giveBack, type LiveGrant } from "../credits/grant.ts";
import { featureAccount } from "../credits/rates.ts";
import type { NetDraw } from "../credits/store.ts";
import type { Terms } from "../entitlements/terms.ts";
import type { Scope } from "../metering/batch.ts";
import type { ReservationRow } from "../reservations/store.ts";
import { type Allowance, creditedBack, drawUp, payUp, type WindowAllowance } from "./allowance.ts";
import { freeOf, ruleOf, windowsOf } from "./scope-rules.ts";
import type { SpendGuard } from "./spend.ts";
import type { SpendCapRow } from "./store.ts";
import { changeTally, type Tally, type TallyKind } from "./tally.ts";

/** What is asked about: a balance, and when it is used. */
export interface Question {
  readonly scope: Scope;
  /** The balance, reserved units included. Changes as uses are admitted. */
  used: number;
  /** Instants whose hour and day matter, besides now. */
  readonly times: readonly Date[];
  /** Whether units may come back, so that it must be known whose credits paid for them. */
  readonly gives: boolean;
}

/** One balance. */
export interface FeatureState {
  readonly question: Question;
  readonly subject: SubjectState;
  readonly credited: Tally;
  /** Reservations whose end had come when this was loaded; already given back here. */
  readonly lapsed: readonly ReservationRow[];
  readonly draws: NetDraw[];
  /** Reserved now; only known where units may come back. */
  readonly held: number;
  allowance(at: Date): Allowance;
  /**
   * Takes what is used at an instant, whether it was admitted or is a fact: always from what is included, then from credits,
   * and only what those do not pay for is beyond.
   * @param from where it stands now, for who knows it already
   */
  take(quantity: number, at: Date, from?: Allowance): void;
  /** Pays with a grant that has just begun for what was taken before and would be billed. */
  payUp(grant: LiveGrant, at: Date): void;
  /**
   * Gives units back that were taken at an instant.
   * @param by the scope whose terms say what of them cost nothing; the one that was asked about if left out
   */
  give(quantity: number, takenAt: Date, by?: Scope): void;
}

/** What the features of a subject share. */
export interface SubjectState {
  readonly terms: Terms;
  grants: LiveGrant[];
  readonly caps: readonly SpendCapRow[];
}

/** What a balance is made of, as it was read. */
export interface FeatureParts
  extends Pick<FeatureState, "question" | "subject" | "credited" | "lapsed" | "draws" | "held"> {
  readonly now: Date;
  /** The sum of an hour or a day; undefined for one that nobody asked about. */
  readonly tallyOf: (kind: TallyKind, start: Date) => Tally | undefined;
  /** What it may draw from now, in order. */
  readonly sources: () => readonly CreditSource[];
  readonly spend: () => SpendGuard;
}

export function createFeatureState(parts: FeatureParts): FeatureState {
  const { now, tallyOf, sources, spend, ...state } = parts;
  const { question, subject, credited, draws } = state;
  const { scope } = question;
  const { limit, feature, counterKey } = scope;
  const windows = windowsOf(scope);

  /** The sum of the hour or day that an instant is in. */
  function windowTally(interval: "hour" | "day", at: Date): Tally {
    const tally = tallyOf(interval, bucketStart(interval, at));
    if (!tally) throw new Error("The instant was not among those that were asked about.");
    return tally;
  }

  function draw({ grant, rate }: CreditSource, units: number): void {
    const cost = units * rate;
    bookGrant(grant, { kind: "draw", quantity: -cost, units, counterKey, at: now });
    changeTally(credited, units);
    const known = draws.find(({ grantKey }) => grantKey.equals(grant.key));
    if (known) {
      known.quantity += cost;
      known.units += units;
    } else draws.push({ counterKey, grantKey: grant.key, quantity: cost, units });
  }

  /** What was drawn, the last first. */
  function drawnLastFirst(): { readonly draw: NetDraw; readonly grant: LiveGrant }[] {
    const order = byDrawingOrder(featureAccount(feature.id));
    return draws
      .flatMap((draw) => {
        const grant = subject.grants.find(({ key }) => key.equals(draw.grantKey));
        return grant ? [{ draw, grant }] : [];
      })
      .sort((a, b) => order(b.grant, a.grant));
  }

  function returnTo(grant: LiveGrant, draw: NetDraw, units: number): void {
    const cost =
      units === draw.units ? draw.quantity : Number((BigInt(draw.quantity) * BigInt(units)) / BigInt(draw.units));
    giveBack(grant, { quantity: cost, units: -units, counterKey, at: now });
    changeTally(credited, -units);
    draw.units -= units;
    draw.quantity -= cost;
  }

  const allowance = (at: Date): Allowance => ({
    used: question.used,
    credited: credited.amount,
    held: state.held,
    limit,
    free: freeOf(scope),
    soft: ruleOf(scope).limit === "soft",
    windows: windows.map((window): WindowAllowance => {
      const { start, amount } = windowTally(window.interval, at);
      const endsAt = new Date(start.getTime() + (window.interval === "hour" ? hourMs : dayMs));
      return { ...window, used: amount, endsAt };
    }),
    sources: sources(),
    spend: spend(),
  });

  return {
    ...state,
    allowance,
    take(quantity, at, from = allowance(at)) {
      const { credits } = drawUp(from, quantity);
      question.used += quantity;
      for (const { interval } of windows) changeTally(windowTally(interval, at), quantity);
      for (const { source, units } of credits) draw(source, units);
    },
    payUp(grant, at) {
      for (const { source, units } of payUp(allowance(at), grant)) draw(source, units);
    },
    give(quantity, takenAt, by = scope) {
      for (const { interval } of windows) {
        const tally = tallyOf(interval, bucketStart(interval, takenAt));
        // The plan may have had no such cap when the units were taken.
        if (tally) changeTally(tally, -Math.min(quantity, tally.amount));
      }
      let back = creditedBack({ used: question.used, credited: credited.amount, free: freeOf(by) }, quantity);
      for (const { draw, grant } of drawnLastFirst()) {
        const units = Math.min(back, draw.units);
        if (units === 0) continue;
        returnTo(grant, draw, units);
        back -= units;
      }
    },
  };
}
