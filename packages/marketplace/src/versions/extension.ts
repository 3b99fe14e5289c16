/** How an artifact's file is called: nothing that a publisher sends may end up in a path or a header unchecked. */

const nameForm = /((?:\.tar)?\.[a-z0-9]{1,8})$/i;

/** The first bytes of what is usually delivered. https://en.wikipedia.org/wiki/List_of_file_signatures */
const signatures: readonly (readonly [extension: string, bytes: readonly number[]])[] = [
  [".tgz", [0x1f, 0x8b]],
  [".zip", [0x50, 0x4b, 0x03, 0x04]],
  [".pdf", [0x25, 0x50, 0x44, 0x46]],
  [".zst", [0x28, 0xb5, 0x2f, 0xfd]],
];

/**
 * The extension that the publisher's file name has, or that its first bytes tell; `.bin` for what neither does.
 * @example extensionOf("tar-stream-1.0.0.tar.gz", bytes) // ".tar.gz"
 */
export function extensionOf(fileName: string | undefined, first: Uint8Array): string {
  const named = nameForm.exec(fileName ?? "")?.[1]?.toLowerCase();
  // `1.0.0` ends in `.0`, which says nothing.
  if (named !== undefined && /[a-z]/.test(named)) return named;
  return signatures.find(([, bytes]) => bytes.every((byte, index) => first[index] === byte))?.[0] ?? ".bin";
}

/** Passes bytes on and keeps the first few. */
export function keepFirst(content: Uint8Array | AsyncIterable<Uint8Array>): {
  readonly content: AsyncIterable<Uint8Array>;
  first(): Uint8Array;
} {
  let first: Uint8Array = new Uint8Array();
  async function* watched() {
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      if (first.length < 8) first = Buffer.concat([first, chunk.subarray(0, 8)]);
      yield chunk;
    }
  }
  return { content: watched(), first: () => first };
}
