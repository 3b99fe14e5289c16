/** What Prometheus is told: requests, quota verdicts, the process itself, and what the composition adds. */
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { within } from "../health/within.ts";
import { tally } from "./tally.ts";

/** One request that was answered, or broken off. */
export interface ObservedRequest {
  readonly method: string;
  /** The declared path; undefined where no route was found. */
  readonly route: string | undefined;
  readonly status: number;
  readonly durationMs: number;
}

/** A figure that is asked for when somebody looks, such as the depth of a queue. */
export interface MetricSource {
  /** `revops_…`, with its unit at the end: https://prometheus.io/docs/practices/naming/ */
  readonly name: string;
  readonly help: string;
  /** The name of the one label, if there is one for each value. */
  readonly label?: string;
  /** Values by that label; a single one under `""`. One that fails shows no value, or `NaN` where there is no label. */
  collect(): Promise<Readonly<Record<string, number>>>;
}

export interface Metrics {
  observeRequest(request: ObservedRequest): void;
  countVerdict(feature: string, allowed: boolean): void;
  /** The text of an answer, and its media type. */
  render(): Promise<{ readonly body: string; readonly contentType: string }>;
}

/** Seconds; a cached read takes one millisecond, a charge at Stripe a few seconds. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A source that hangs must not hang Prometheus, whose own patience is 10 seconds. */
const patienceMs = 3_000;

export function createMetrics({ sources = [] }: { readonly sources?: readonly MetricSource[] } = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const countRequest = tally({
    name: "http_requests_total",
    help: "Requests answered, by declared route.",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "http_request_duration_seconds",
    help: "From the first byte of a request to the end of its answer.",
    labelNames: ["method", "route"],
    buckets: durationBuckets,
    registers,
  });
  const countVerdict = tally({
    name: "revops_quota_verdicts_total",
    help: "Decisions of the quota in front of requests.",
    labelNames: ["feature", "verdict"],
    registers,
  });
  for (const source of sources) addSource(source, registry);

  return {
    observeRequest({ method, route = "none", status, durationMs }) {
      countRequest(method, route, status);
      durations.observe({ method, route }, durationMs / 1000);
    },
    countVerdict: (feature, allowed) => countVerdict(feature, allowed ? "allowed" : "refused"),
    render: async () => ({ body: await registry.metrics(), contentType: registry.contentType }),
  };
}

function addSource({ name, help, label, collect }: MetricSource, registry: Registry): void {
  new Gauge({
    name,
    help,
    labelNames: label === undefined ? [] : [label],
    registers: [registry],
    async collect() {
      this.reset();
      const unknown: Record<string, number> = label === undefined ? { "": Number.NaN } : {};
      const values = await within(patienceMs, collect).catch(() => unknown);
      for (const [value, figure] of Object.entries(values)) {
        if (label === undefined) this.set(figure);
        else this.set({ [label]: value }, figure);
      }
    },
  });
}
