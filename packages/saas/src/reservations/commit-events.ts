/** The event that a commit makes. */
import type { JsonObject } from "@revops/core";
import type { CheckedEvent } from "../metering/batch.ts";
import type { Metering } from "../metering/metering.ts";
import type { ReservationRow } from "./store.ts";

/** Makes it of the moment in which it was reserved, under the reservation's own key: a reservation counts once, for ever. */
export function commitEvents(metering: Pick<Metering, "check">) {
  return (row: ReservationRow, quantity: number, metadata: JsonObject | undefined): CheckedEvent => {
    const { subjectId, feature, key, reservedAt } = row;
    // Quantity and time were checked when the units were reserved, which may be longer ago than an event may be.
    return {
      ...metering.check({ subjectId, feature, quantity: 0, metadata }),
      quantity,
      key: () => key,
      named: true,
      occurredAt: reservedAt,
    };
  };
}
