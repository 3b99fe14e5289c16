/** Counts on every request's path: prom-client takes 300 ns to find the place of a few labels, which a number there takes 20. */
import { Counter, type CounterConfiguration } from "prom-client";

type Label = string | number;

interface Place {
  readonly below: Map<Label, Place>;
  readonly values: readonly string[];
  counted: number;
}

/**
 * Makes a counter that is told what was counted when somebody looks at it.
 * @returns counts one, by the values of its labels in the order of their names
 */
export function tally<Name extends string>(
  configuration: Omit<CounterConfiguration<Name>, "collect"> & { readonly labelNames: readonly Name[] },
): (...values: Label[]) => void {
  const top = place([]);
  const touched = new Set<Place>();
  new Counter({
    ...configuration,
    collect() {
      for (const at of touched) {
        this.labels(...at.values).inc(at.counted);
        at.counted = 0;
      }
      touched.clear();
    },
  });

  return (...values) => {
    let at = top;
    for (const value of values) {
      let next = at.below.get(value);
      if (next === undefined) {
        next = place([...at.values, String(value)]);
        at.below.set(value, next);
      }
      at = next;
    }
    if (at.counted++ === 0) touched.add(at);
  };
}

const place = (values: readonly string[]): Place => ({ below: new Map(), values, counted: 0 });
