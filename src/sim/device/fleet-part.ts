/** The devices of one process: boots them one after another, then lets happen to them what the plan says. */

import type { Transport } from '../../common/actor/transport.ts';
import type { Clock, Logger, Millis } from '../../common/actor/types.ts';
import type { Inventory } from '../core/audit.ts';
import type { Lived } from '../core/lives.ts';
import { chanceOf, type Faults, nextIn } from '../core/plan.ts';
import { SimDevice } from './sim-device.ts';

export type FleetPlan = {
  readonly seed: number;
  /** Devices `from` to `to` - 1. */
  readonly from: number;
  readonly to: number;
  readonly devicesPerSite: number;
  /** They boot evenly over this time. */
  readonly startWithin: Millis;
  readonly faults: Faults;
};
type Deps = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly transport: Transport;
  /** Told of each container that begins or ends to run, at that instant. */
  readonly onLife: (life: Lived) => void;
};
export type Happened = {
  readonly up: number;
  readonly running: number;
  readonly crashes: number;
  readonly cuts: number;
  readonly jumps: number;
};

/** How long a crashed agent is away. */
const AWAY: Millis = 2_000;
/** What chances are for. */
const CRASH = 10;
const CUT = 11;
const JUMP = 12;

export class FleetPart {
  readonly devices: readonly SimDevice[];
  readonly #plan: FleetPlan;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #timers = new Set<() => void>();
  #stopped = false;
  #crashes = 0;
  #cuts = 0;
  #jumps = 0;

  constructor(plan: FleetPlan, deps: Deps) {
    const { seed, from, to, devicesPerSite, faults } = plan;
    this.#plan = plan;
    this.#clock = deps.clock;
    this.#log = deps.log;
    let ids = 0;
    const newId = () => `sim-${seed}-${from}-${++ids}`;
    this.devices = Array.from(
      { length: to - from },
      (_, i) => new SimDevice({ ...deps, index: from + i, devicesPerSite, seed, faults, newId }),
    );
  }

  /** Boots every device in its time. */
  start(): void {
    const { startWithin } = this.#plan;
    this.devices.forEach((device, i) => {
      this.#after((startWithin * i) / this.devices.length, () => this.#boot(device));
    });
  }

  /** Lets the faults of the plan happen until `quiet`. */
  disturb(): void {
    const { seed, from, faults } = this.#plan;
    this.devices.forEach((device, i) => {
      this.#again(faults.crashEvery, chanceOf(seed, from + i, CRASH), () => this.#crash(device));
      const chance = chanceOf(seed, from + i, JUMP);
      this.#again(faults.jumpEvery, chance, () => {
        this.#jumps += 1;
        device.jump(Math.round((2 * chance() - 1) * faults.jumpBy));
      });
    });
    for (const site of new Set(this.devices.map((device) => device.site))) {
      this.#again(faults.partitionEvery, chanceOf(seed, site, CUT), () => {
        this.cut(site, true);
        this.#after(faults.partitionFor, () => this.cut(site, false));
      });
    }
  }

  /** Nothing goes wrong any more: links are whole, and every agent is up. */
  quiet(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    for (const device of this.devices) {
      device.cut(false);
      if (!device.isUp) this.#boot(device);
    }
  }

  /** Cuts a site off, or mends it. */
  cut(site: number, cut: boolean): void {
    if (cut) this.#cuts += 1;
    for (const device of this.devices) if (device.site === site) device.cut(cut);
  }

  happened(): Happened {
    const { devices } = this;
    return {
      up: devices.filter(({ isUp }) => isUp).length,
      running: devices.reduce((sum, device) => sum + device.inventory().running.length, 0),
      ...{ crashes: this.#crashes, cuts: this.#cuts, jumps: this.#jumps },
    };
  }

  inventory(): readonly Inventory[] {
    return this.devices.map((device) => device.inventory());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#timers) cancel();
    await Promise.all(this.devices.map((device) => device.crash()));
  }

  #boot(device: SimDevice): void {
    device.boot().catch((error: unknown) => {
      if (this.#stopped) return;
      this.#log.warn({ node: device.node, error: String(error) }, 'a simulated device could not start; it tries again');
      this.#after(AWAY, () => this.#boot(device));
    });
  }

  #crash(device: SimDevice): void {
    if (!device.isUp) return;
    this.#crashes += 1;
    void device.crash();
    this.#after(AWAY, () => this.#boot(device));
  }

  #again(mean: Millis, chance: () => number, work: () => void): void {
    const wait = nextIn(mean, chance);
    if (wait === undefined) return;
    this.#after(wait, () => {
      work();
      this.#again(mean, chance, work);
    });
  }

  #after(delay: Millis, work: () => void): void {
    if (this.#stopped) return;
    const cancel = this.#clock.timer(delay, () => {
      this.#timers.delete(cancel);
      work();
    });
    this.#timers.add(cancel);
  }
}
