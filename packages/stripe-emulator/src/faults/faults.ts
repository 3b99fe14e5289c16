import { randomInt } from "node:crypto";
import { createRandom } from "./random.ts";

/** What goes wrong with a request. `…-after`: the work is done and kept, only the answer is not what it should be. */
export const requestFaults = ["rate-limit", "error-before", "error-after", "cut-before", "cut-after", "slow"] as const;
/** What goes wrong with webhooks. */
export const webhookFaults = ["duplicate", "reorder", "delay", "drop", "same-second"] as const;

interface CommonOptions {
  /** How often it happens; unlimited when null. Once unless told. */
  times?: number | null | undefined;
  /** How likely each match is hit, from 0 to 1. 1 unless told. */
  probability?: number | undefined;
  /** Of the choices that chance makes; one is chosen and shown when left out. */
  seed?: number | undefined;
}
export interface RequestFaultOptions extends CommonOptions {
  type: (typeof requestFaults)[number];
  /** Any when left out. */
  method?: "GET" | "POST" | "DELETE" | undefined;
  /** The path, in which `*` stands for anything: `/v1/payment_intents/*\/confirm`. Any when left out. */
  path?: string | undefined;
  /** `slow`: how much later the answer comes. 1000 unless told. */
  milliseconds?: number | undefined;
  /**
   * `error-after`: the 500 is kept for the idempotency key as Stripe keeps its own, so that a repeat gets it again. Otherwise
   * a repeat gets the answer of the work, as when something between Stripe and the caller failed.
   */
  kept?: boolean | undefined;
}
export interface WebhookFaultOptions extends CommonOptions {
  type: (typeof webhookFaults)[number];
  /** The type of event, in which `*` stands for anything: `invoice.*`. Any when left out. */
  event?: string | undefined;
  /** `duplicate`: how many more. 1 unless told. */
  copies?: number | undefined;
  /** `delay`: how much later; `reorder`: each waits a part of this that chance picks. 1000 unless told. */
  milliseconds?: number | undefined;
}
export type FaultOptions = RequestFaultOptions | WebhookFaultOptions;

export interface Fault {
  readonly id: string;
  readonly options: FaultOptions;
  readonly seed: number;
  /** How often it has happened. */
  readonly hits: number;
  /** How often it will still happen; null is unlimited. */
  readonly remaining: number | null;
}

/** What becomes of the deliveries of one event. */
interface DeliveryPlan {
  copies: number;
  delayMilliseconds: number;
  dropped: boolean;
}

export interface Faults {
  add(options: FaultOptions): Fault;
  list(): Fault[];
  /** Takes back one, or all. */
  clear(id?: string): void;
}
export interface FaultSource extends Faults {
  /** The fault that this request meets, used up by one. */
  ofRequest(method: string, path: string): RequestFaultOptions | undefined;
  /** What happens to the next event of this type. */
  ofDelivery(event: string): DeliveryPlan;
  /** The second that an event is dated with. */
  second(event: string, at: number): number;
}

interface Active {
  id: string;
  options: FaultOptions;
  seed: number;
  random: () => number;
  hits: number;
  /** `same-second`: the second it stands at. */
  second?: number;
}

const isRequestFault = (options: FaultOptions): options is RequestFaultOptions =>
  requestFaults.some((type) => type === options.type);

/** `*` is anything. */
function matches(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}

function check(options: FaultOptions): void {
  const { times, probability } = options;
  const milliseconds = options.milliseconds;
  const copies = "copies" in options ? options.copies : undefined;
  const whole = (value: number | null | undefined, least: number) =>
    value === undefined || value === null || (Number.isInteger(value) && value >= least);
  if (![...requestFaults, ...webhookFaults].some((type) => type === options.type))
    throw new RangeError(`There is no fault "${options.type}": ${[...requestFaults, ...webhookFaults].join(", ")}.`);
  if (!whole(times, 1)) throw new RangeError("times must be a whole number from 1, or null.");
  if (probability !== undefined && !(probability > 0 && probability <= 1))
    throw new RangeError("probability must be above 0 and at most 1.");
  if (!whole(milliseconds, 0) || (milliseconds ?? 0) > 600_000)
    throw new RangeError("milliseconds must be a whole number up to 600000.");
  if (!whole(copies, 1) || (copies ?? 1) > 100) throw new RangeError("copies must be a whole number up to 100.");
}

/** Faults on demand. They are kept in memory: a restart ends them, as does a reset. */
export function createFaults(): FaultSource {
  const active: Active[] = [];
  let made = 0;

  const remaining = ({ options, hits }: Active): number | null =>
    options.times === null ? null : Math.max(0, (options.times ?? 1) - hits);
  const shown = (one: Active): Fault => ({
    id: one.id,
    options: one.options,
    seed: one.seed,
    hits: one.hits,
    remaining: remaining(one),
  });
  function hit(one: Active): boolean {
    if (remaining(one) === 0 || one.random() >= (one.options.probability ?? 1)) return false;
    one.hits += 1;
    return true;
  }
  const ofEvent = (event: string) =>
    active.filter(({ options }) => !isRequestFault(options) && matches(options.event, event));

  return {
    add(options) {
      check(options);
      made += 1;
      const seed = options.seed ?? randomInt(2 ** 31);
      const one: Active = { id: `fault_${made}`, options: { ...options }, seed, random: createRandom(seed), hits: 0 };
      active.push(one);
      return shown(one);
    },
    list: () => active.map(shown),
    clear(id) {
      if (id === undefined) active.length = 0;
      else {
        const at = active.findIndex((one) => one.id === id);
        if (at >= 0) active.splice(at, 1);
      }
    },
    ofRequest(method, path) {
      for (const one of active) {
        const { options } = one;
        if (!isRequestFault(options)) continue;
        if (options.method !== undefined && options.method !== method) continue;
        if (matches(options.path, path) && hit(one)) return options;
      }
      return undefined;
    },
    ofDelivery(event) {
      const plan: DeliveryPlan = { copies: 1, delayMilliseconds: 0, dropped: false };
      for (const one of ofEvent(event)) {
        const { options } = one;
        if (isRequestFault(options) || options.type === "same-second" || !hit(one)) continue;
        const milliseconds = options.milliseconds ?? 1_000;
        if (options.type === "drop") plan.dropped = true;
        else if (options.type === "duplicate") plan.copies += options.copies ?? 1;
        else
          plan.delayMilliseconds += options.type === "delay" ? milliseconds : Math.floor(one.random() * milliseconds);
      }
      return plan;
    },
    second(event, at) {
      const one = ofEvent(event).find(({ options }) => options.type === "same-second");
      if (one === undefined || !hit(one)) return at;
      one.second ??= at;
      return one.second;
    },
  };
}
