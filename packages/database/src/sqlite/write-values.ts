/** What a statement of the thread that writes is given each time that it is run, and how it is sent there. */
import type { WriteParameter, WriteStep } from "../database.ts";

type Pieces = Extract<WriteParameter, { readonly bytes: Uint8Array }>;

/** A parameter on its way: bytes as text, a character a byte, which is copied faster than memory that an array owns. */
export type SentParameter = Exclude<WriteParameter, Pieces> | (Omit<Pieces, "bytes"> & { readonly characters: string });

export interface SentStep extends Omit<WriteStep, "parameters"> {
  readonly parameters: readonly SentParameter[];
}

export function toSent({ parameters, ...step }: WriteStep): SentStep {
  const sent = (parameter: WriteParameter): SentParameter => {
    if (typeof parameter !== "object" || parameter === null || !("bytes" in parameter)) return parameter;
    const { bytes, ...pieces } = parameter;
    return { ...pieces, characters: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1") };
  };
  return { ...step, parameters: parameters.map(sent) };
}

/**
 * @param times how often the statement is run
 * @param before the rows that the steps before it returned
 */
export function valuesOf(
  parameter: SentParameter,
  times: number,
  before: readonly (readonly unknown[][])[],
): readonly unknown[] {
  if (parameter === null || typeof parameter !== "object") return new Array<unknown>(times).fill(parameter);
  if (!("step" in parameter || "characters" in parameter)) return parameter;
  const listed =
    "characters" in parameter
      ? piecesOf(parameter)
      : (before[parameter.step] ?? []).map((row) => row[parameter.column]);
  return parameter.places?.map((place) => listed[place]) ?? listed;
}

function piecesOf({ characters, length }: { readonly characters: string; readonly length: number }): Uint8Array[] {
  const bytes = Buffer.from(characters, "latin1");
  return Array.from({ length: bytes.length / length }, (_, piece) =>
    bytes.subarray(piece * length, (piece + 1) * length),
  );
}
