/** What is to be done after a commit. */

export interface Hints {
  add(hint: () => void): void;
  /** Runs them all. The commit stands whatever they do, so one that throws is dropped, as any hint may be. */
  run(): void;
}

export function createHints(): Hints {
  const hints: (() => void)[] = [];
  return {
    add: (hint) => void hints.push(hint),
    run() {
      for (const hint of hints.splice(0)) {
        try {
          hint();
        } catch {}
      }
    },
  };
}
