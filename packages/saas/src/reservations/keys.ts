/** Keys of reservations. */
import { createEventKeys } from "../metering/keys.ts";

const keys = createEventKeys();

/** The key of a reservation, and of the event that its commit makes: no caller's id has a space in it. */
export function reservationKey(subjectId: string, id: string): Buffer {
  return keys.of(subjectId, `reservation ${id}`);
}
