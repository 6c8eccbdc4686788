/** Waits for what no event tells: another process's state. */

const LIMIT = 20_000;
const LOOK_EVERY = 10;

/** Resolves when `holds` does; rejects with `what` when it has not within `within` milliseconds, 20 s unless told otherwise. */
export async function until(what: string, holds: () => Promise<boolean>, within = LIMIT): Promise<void> {
  const limit = performance.now() + within;
  while (!(await holds())) {
    if (performance.now() > limit) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}
