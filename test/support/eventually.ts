/** Waits for what no event tells: another process's state. */

const LIMIT = 20_000;
const LOOK_EVERY = 10;

/** Resolves when `holds` does; rejects with `what` when it has not within 20 s. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + LIMIT;
  while (!(await holds())) {
    if (performance.now() > limit) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}
