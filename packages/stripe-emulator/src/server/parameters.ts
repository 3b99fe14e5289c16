import { invalidRequest, parameterMissing, parameterUnknown } from "../errors.ts";

/**
 * The declared parameters of a route: they check and type what arrives in a form, where everything is text.
 * A parameter that is not declared is refused, as Stripe does.
 */
export interface Field<T> {
  parse(value: unknown, param: string): T;
}
export interface RequiredField<T> extends Field<T> {
  readonly required: true;
}
export type Shape = Readonly<Record<string, Field<unknown>>>;
type RequiredNames<S extends Shape> = { [K in keyof S]: S[K] extends RequiredField<unknown> ? K : never }[keyof S];
type ValueOf<F> = F extends Field<infer T> ? T : never;
export type Parsed<S extends Shape> = { [K in RequiredNames<S>]: ValueOf<S[K]> } & {
  [K in Exclude<keyof S, RequiredNames<S>>]?: ValueOf<S[K]> | undefined;
};

function isHash(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list arrives as one, or as a hash with the indexes as names. */
function listOf(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return isHash(value) && Object.keys(value).every((name) => /^\d+$/.test(name)) ? Object.values(value) : undefined;
}

export function required<T>(field: Field<T>): RequiredField<T> {
  return { ...field, required: true };
}

/** Also takes the empty string, which means: unset it. */
export function clearable<T>(field: Field<T>): Field<T | null> {
  return { parse: (value, param) => (value === "" ? null : field.parse(value, param)) };
}

export function text(maximum = 5_000): Field<string> {
  return {
    parse(value, param) {
      if (typeof value !== "string") throw invalidRequest(`Invalid string: ${JSON.stringify(value)}`, { param });
      if (value === "") {
        throw invalidRequest(
          `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`,
          {
            code: "parameter_invalid_empty",
            param,
          },
        );
      }
      if (value.length > maximum)
        throw invalidRequest(`Invalid string: must be at most ${maximum} characters`, { param });
      return value;
    },
  };
}

export function integer(minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER): Field<number> {
  return {
    parse(value, param) {
      const number = typeof value === "string" && /^[+-]?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      if (!Number.isSafeInteger(number))
        throw invalidRequest(`Invalid integer: ${String(value)}`, { code: "parameter_invalid_integer", param });
      if (number < minimum) {
        throw invalidRequest(`This value must be greater than or equal to ${minimum}.`, {
          code: "parameter_invalid_integer",
          param,
        });
      }
      if (number > maximum) {
        throw invalidRequest(`This value must be less than or equal to ${maximum}.`, {
          code: "parameter_invalid_integer",
          param,
        });
      }
      return number;
    },
  };
}

/** A decimal in plain notation with up to twelve places, kept as text: amounts never become floats. */
export function decimal(): Field<string> {
  return {
    parse(value, param) {
      if (typeof value !== "string" || !/^\d{1,15}(\.\d{1,12})?$/.test(value))
        throw invalidRequest(`Invalid decimal: ${String(value)}`, { param });
      return value;
    },
  };
}

/** A number with up to two places, such as a percentage. */
export function number(minimum: number, maximum: number): Field<number> {
  return {
    parse(value, param) {
      const parsed = typeof value === "string" && /^-?\d{1,12}(\.\d{1,2})?$/.test(value) ? Number(value) : Number.NaN;
      if (!(parsed >= minimum && parsed <= maximum))
        throw invalidRequest(`Invalid number: ${String(value)}; it must be from ${minimum} to ${maximum}.`, { param });
      return parsed;
    },
  };
}

export function flag(): Field<boolean> {
  return {
    parse(value, param) {
      if (value === "true") return true;
      if (value === "false") return false;
      throw invalidRequest(`Invalid boolean: ${String(value)}`, { param });
    },
  };
}

export function oneOf<const T extends readonly string[]>(...values: T): Field<T[number]> {
  return {
    parse(value, param) {
      const found = values.find((one) => one === value);
      if (found !== undefined) return found;
      throw invalidRequest(
        `Invalid ${param}: must be one of ${values.slice(0, -1).join(", ")}${values.length > 1 ? " or " : ""}${values.at(-1)}`,
        { param },
      );
    },
  };
}

export function currency(): Field<string> {
  return {
    parse(value, param) {
      if (typeof value === "string" && /^[a-z]{3}$/i.test(value)) return value.toLowerCase();
      throw invalidRequest(`Invalid currency: ${String(value)}.`, { param });
    },
  };
}

/** Unix seconds. */
export const timestamp = (): Field<number> => integer(0, 99_999_999_999);

/** Unix seconds or one of the words. */
export function timestampOr<const T extends readonly string[]>(...words: T): Field<number | T[number]> {
  const words_ = oneOf(...words);
  return {
    parse: (value, param) =>
      words.some((word) => word === value) ? words_.parse(value, param) : timestamp().parse(value, param),
  };
}

export function list<T>(of: Field<T>, maximum = 100): Field<T[]> {
  return {
    parse(value, param) {
      const values = listOf(value);
      if (values === undefined) throw invalidRequest("Invalid array", { param });
      if (values.length > maximum)
        throw invalidRequest(`Array ${param} exceeded maximum ${maximum} allowed elements.`, { param });
      return values.map((one, index) => of.parse(one, `${param}[${index}]`));
    },
  };
}

export function hash<S extends Shape>(shape: S): Field<Parsed<S>> {
  return {
    parse(value, param) {
      if (!isHash(value)) throw invalidRequest("Invalid object", { param });
      return parseShape(shape, value, param);
    },
  };
}

export type MetadataChange = Record<string, string> | null;
/** Keys to set; an empty value removes its key, an empty parameter all of them. Source: https://docs.stripe.com/api/metadata */
export function metadata(): Field<MetadataChange> {
  return {
    parse(value, param) {
      if (value === "") return null;
      if (!isHash(value)) throw invalidRequest("Invalid object", { param });
      const result: Record<string, string> = {};
      for (const [name, one] of Object.entries(value)) {
        if (typeof one !== "string")
          throw invalidRequest("Metadata values must be strings", { param: `${param}[${name}]` });
        if (name.length > 40) throw invalidRequest(`Metadata keys must be at most 40 characters long.`, { param });
        if (one.length > 500)
          throw invalidRequest(`Metadata values can have up to 500 characters.`, { param: `${param}[${name}]` });
        result[name] = one;
      }
      return result;
    },
  };
}

/** Names of the caller's own with values of text. */
export function strings(): Field<Record<string, string>> {
  return {
    parse(value, param) {
      if (!isHash(value)) throw invalidRequest("Invalid object", { param });
      for (const [name, one] of Object.entries(value)) {
        if (typeof one !== "string") throw invalidRequest("Values must be strings", { param: `${param}[${name}]` });
      }
      // Each value was looked at above.
      return value as Record<string, string>;
    },
  };
}

/** A number, or bounds: `created=1`, `created[gte]=1`. */
export function range(): Field<{
  gt?: number | undefined;
  gte?: number | undefined;
  lt?: number | undefined;
  lte?: number | undefined;
}> {
  const bounds = hash({ gt: timestamp(), gte: timestamp(), lt: timestamp(), lte: timestamp() });
  return {
    parse(value, param) {
      if (typeof value !== "string") return bounds.parse(value, param);
      const at = timestamp().parse(value, param);
      return { gte: at, lte: at };
    },
  };
}

/** Checks a hash against its shape: unknown names, missing ones, then each value. */
export function parseShape<S extends Shape>(shape: S, values: Record<string, unknown>, prefix = ""): Parsed<S> {
  const name = (key: string) => (prefix === "" ? key : `${prefix}[${key}]`);
  for (const key of Object.keys(values)) {
    if (!Object.hasOwn(shape, key)) throw parameterUnknown(name(key));
  }
  const result: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(shape)) {
    const value = values[key];
    if (value !== undefined) result[key] = field.parse(value, name(key));
    else if ("required" in field) throw parameterMissing(name(key));
  }
  // Every key was parsed by the field whose type `Parsed` reads; TypeScript cannot follow that through the loop.
  return result as Parsed<S>;
}

/** Applies a change of metadata to what is there. */
export function mergeMetadata(
  before: Record<string, string> | null,
  update: MetadataChange | undefined,
): Record<string, string> {
  if (update === undefined) return before ?? {};
  if (update === null) return {};
  const after = { ...before, ...update };
  for (const [name, value] of Object.entries(after)) {
    if (value === "") delete after[name];
  }
  if (Object.keys(after).length > 50)
    throw invalidRequest("You can have up to 50 metadata keys.", { param: "metadata" });
  return after;
}

/** Only what was given: parsed parameters with those left out that did not come. */
export function given<T extends object>(params: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(params).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
