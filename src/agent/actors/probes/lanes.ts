/** Work that is due and waits its turn: few runs of a kind go on at once. */

/** Runs that are due, first come first served, and how many of them at most go on at a time. */
export type Lane<Run> = { readonly limit: number; readonly waiting: Run[]; running: number };

/** A lane with nothing in it. */
export function newLane<Run>(limit: number): Lane<Run> {
  return { limit, waiting: [], running: 0 };
}

/** Starts what there is room for; `perform` counts it as running, or passes over what is not wanted any more. */
export function fill<Run>(lane: Lane<Run>, perform: (run: Run) => void): void {
  while (lane.running < lane.limit) {
    const run = lane.waiting.shift();
    if (run === undefined) return;
    perform(run);
  }
}
