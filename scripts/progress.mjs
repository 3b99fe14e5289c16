// Lines that tell what is going on: "✓ install 12.3 s".
const live = process.stdout.isTTY === true;

/** Work that takes longer than this is announced even where lines cannot be rewritten. */
const ANNOUNCE_AFTER_MS = 1_000;

/**
 * Runs one step and leaves one line of it. A step may answer a note to print behind its name; a step that throws leaves a ✗
 * and the error goes on to the caller.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @param {(result: T) => string | undefined} [note]
 * @returns {Promise<T>}
 */
export async function step(name, work, note = () => undefined) {
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  const timer = live
    ? setInterval(() => process.stdout.write(`\r\x1b[K… ${name} ${seconds()}`), 200)
    : setTimeout(() => console.log(`… ${name}`), ANNOUNCE_AFTER_MS);
  const finish = (sign, text) => {
    clearInterval(timer);
    process.stdout.write(`${live ? "\r\x1b[K" : ""}${sign} ${[name, text, seconds()].filter(Boolean).join("  ")}\n`);
  };
  try {
    const result = await work();
    finish("✓", note(result));
    return result;
  } catch (error) {
    finish("✗");
    throw error;
  }
}
