/** What goes wrong in a simulated fleet, and when: the same for the same seed. */

import { seeded } from '../../common/lib/random.ts';

export type Millis = number;

export type Faults = {
  /** The share of messages that get lost, 0 to 1. */
  readonly loss: number;
  /** Mean milliseconds that a message is under way, beside what it truly takes. */
  readonly delay: Millis;
  /** Mean time between two cuts of one site, and how long one lasts; 0: none. */
  readonly partitionEvery: Millis;
  readonly partitionFor: Millis;
  /** Mean time between two crashes of one agent; 0: none. */
  readonly crashEvery: Millis;
  /** The share of devices that are slow, and how many times slower their runtime is. */
  readonly slow: number;
  readonly slowBy: number;
  /** Mean time between two jumps of a device's wall clock, and how far it jumps at most, either way; 0: none. */
  readonly jumpEvery: Millis;
  readonly jumpBy: Millis;
};

export const noFaults: Faults = {
  ...{ loss: 0, delay: 0, partitionEvery: 0, partitionFor: 0, crashEvery: 0 },
  ...{ slow: 0, slowBy: 10, jumpEvery: 0, jumpBy: 0 },
};

/** The chance of one part of the fleet, which does not depend on what others do. */
export function chanceOf(seed: number, index: number, what: number): () => number {
  return seeded(Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(what + 1, 0xc2b2ae35));
}

/** When the next of events comes that are `mean` apart (exponentially, and never sooner than a tenth of it); undefined: never. */
export function nextIn(mean: Millis, chance: () => number): Millis | undefined {
  return mean <= 0 ? undefined : mean * Math.max(0.1, -Math.log(1 - chance()));
}

/** Device `index` of a fleet: its name and site. */
export function deviceName(index: number): string {
  return `sim-${String(index).padStart(5, '0')}`;
}

export function siteOf(index: number, devicesPerSite: number): number {
  return Math.floor(index / devicesPerSite);
}
