import { expect, test } from "vitest";
import { declineKind } from "./decline.ts";

test.for([
  ["insufficient_funds", "soft"],
  ["generic_decline", "soft"],
  ["processing_error", "soft"],
  ["card_velocity_exceeded", "soft"],
  ["a_code_of_next_year", "soft"],
  [null, "soft"],
  ["lost_card", "hard"],
  ["stolen_card", "hard"],
  ["expired_card", "hard"],
  ["fraudulent", "hard"],
  ["revocation_of_authorization", "hard"],
  ["authentication_required", "authentication"],
] as const)("%s is %s", ([code, kind]) => {
  expect(declineKind(code)).toBe(kind);
});
