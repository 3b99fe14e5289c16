import { clearable, hash, text } from "./parameters.ts";

/** Parameters that several resources share. */
export const address = () =>
  hash({
    city: clearable(text()),
    country: clearable(text(2)),
    line1: clearable(text()),
    line2: clearable(text()),
    postal_code: clearable(text()),
    state: clearable(text()),
  });

export interface AddressInput {
  city?: string | null | undefined;
  country?: string | null | undefined;
  line1?: string | null | undefined;
  line2?: string | null | undefined;
  postal_code?: string | null | undefined;
  state?: string | null | undefined;
}

export function toAddress(input: AddressInput) {
  return {
    city: input.city ?? null,
    country: input.country ?? null,
    line1: input.line1 ?? null,
    line2: input.line2 ?? null,
    postal_code: input.postal_code ?? null,
    state: input.state ?? null,
  };
}
