/** Keys of 16 bytes, in namespaces of their own: no subject's id and no event's id holds a NUL. */
import { digest } from "../metering/keys.ts";

export function grantKey(subjectId: string, id: string): Buffer {
  return digest(`${subjectId}\u0000\u0000grant\u0000${id}`);
}
