/** Signals of what may run out, as a test says them; a device with plenty of all. */

import { evictionRules, type Rules } from '../../src/agent/core/eviction/rules.ts';
import type { Seen } from '../../src/agent/core/eviction/seen.ts';
import type { Ballast } from '../../src/agent/ports/ballast.ts';
import type { PressureSignals } from '../../src/agent/ports/pressure-signals.ts';
import { agentSettings } from '../../src/common/model/config/agent-settings.ts';

const GIB = 2 ** 30;
const plenty: Seen['levels'] = {
  'memory.available': { available: 6 * GIB, capacity: 8 * GIB },
  'allocatableMemory.available': { available: 6 * GIB, capacity: 7 * GIB },
  'nodefs.available': { available: 20 * GIB, capacity: 32 * GIB },
  'nodefs.inodesFree': { available: 1_000_000, capacity: 2_000_000 },
  'imagefs.available': { available: 20 * GIB, capacity: 32 * GIB },
  'imagefs.inodesFree': { available: 1_000_000, capacity: 2_000_000 },
  'pid.available': { available: 30_000, capacity: 32_768 },
};

/** What an agent without settings does, or with these. */
export function rulesFor(settings: Record<string, unknown> = {}): Rules {
  const rules = evictionRules(agentSettings.parse(settings));
  if (!rules.ok) throw new Error(rules.message);
  return rules.value;
}

export class FakePressureSignals implements PressureSignals {
  levels: Seen['levels'] = plenty;
  stall: Seen['stall'] = { 10: 0, 60: 0, 300: 0 };
  reads = 0;
  /** Wakes the agent as the kernel does. */
  wake: () => void = () => {};

  async read(): Promise<Omit<Seen, 'at'>> {
    this.reads += 1;
    const { levels, stall } = this;
    return { levels, separateImages: false, ...(stall === undefined ? {} : { stall }) };
  }

  watch(wake: () => void): () => void {
    this.wake = wake;
    return () => {
      this.wake = () => {};
    };
  }

  /** So much is left of a signal. */
  left(signal: keyof Seen['levels'], available: number): void {
    const capacity = this.levels[signal]?.capacity ?? available;
    this.levels = { ...this.levels, [signal]: { available, capacity } };
  }

  enough(): void {
    this.levels = plenty;
  }
}

/** Room on a disk that tells whether it is kept. */
export class FakeBallast implements Ballast {
  kept = false;
  /** Is called when the room is given back. */
  released: () => void = () => {};

  async keep(): Promise<boolean> {
    this.kept = true;
    return true;
  }

  async release(): Promise<void> {
    this.kept = false;
    this.released();
  }
}
