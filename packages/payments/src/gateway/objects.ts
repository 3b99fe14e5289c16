/** Reading Stripe's objects. */

/** The id of what may be expanded. */
export function idOf(value: string | { readonly id: string } | null | undefined): string | null {
  return typeof value === "string" ? value : (value?.id ?? null);
}

/** Stripe's times are seconds since 1970. */
export function fromUnix(seconds: number): Date {
  return new Date(seconds * 1_000);
}

export function toUnix(at: Date): number {
  return Math.floor(at.getTime() / 1_000);
}
