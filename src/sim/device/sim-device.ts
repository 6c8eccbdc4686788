/**
 * One simulated device: the agent's own actors on a runtime and a disk in memory. Its agent can crash and start again, its
 * link can be cut, its wall clock can jump; what its runtime runs goes on through all of it.
 */

import { agentBehavior } from '../../agent/actors/agent.ts';
import type { Cri } from '../../agent/ports/cri.ts';
import { createSystem } from '../../common/actor/system.ts';
import type { Transport } from '../../common/actor/transport.ts';
import type { ActorSystem, Clock, Logger, Millis } from '../../common/actor/types.ts';
import { deviceWire, upWire } from '../../common/wire/agent-protocol.ts';
import { nodeDownPath, nodeUpPath } from '../../common/wire/subjects.ts';
import type { Inventory } from '../core/audit.ts';
import type { Lived } from '../core/lives.ts';
import { chanceOf, deviceName, type Faults, siteOf } from '../core/plan.ts';
import { type BadLink, badLink } from './bad-link.ts';
import { SimCri, usualPace } from './sim-cri.ts';
import { SimCheckpoint, SimJournal, SimKeptFile, SimPodFiles } from './sim-disk.ts';
import { boardOf, simHost, withoutRest } from './sim-host.ts';
import { SimUsage } from './sim-usage.ts';

export type SimDeviceOptions = {
  readonly index: number;
  readonly devicesPerSite: number;
  readonly seed: number;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly log: Logger;
  /** Shared with other devices. */
  readonly transport: Transport;
  /** Ids that no other device uses. */
  readonly newId: () => string;
  /** Told of each container that begins or ends to run, at that instant. */
  readonly onLife: (life: Lived) => void;
};

/** Between two looks at what is used. */
const HOUSEKEEPING: Millis = 10_000;

/** One life of an agent: what it began ends with it. */
type Life = { readonly system: ActorSystem; readonly link: BadLink; ended: boolean; tellWho(): void };

export class SimDevice {
  readonly node: string;
  readonly site: number;
  readonly #options: SimDeviceOptions;
  readonly #cri: SimCri;
  readonly #checkpoint = new SimCheckpoint();
  readonly #journal: SimJournal;
  readonly #usage: SimUsage;
  readonly #localPods = new SimKeptFile();
  readonly #files = new SimPodFiles();
  readonly #chance: () => number;
  #wallOffset: Millis = 0;
  #cut = false;
  #life: Life | undefined;

  constructor(options: SimDeviceOptions) {
    const { index, seed, faults, clock, onLife } = options;
    this.#options = options;
    this.node = deviceName(index);
    this.site = siteOf(index, options.devicesPerSite);
    this.#chance = chanceOf(seed, index, 1);
    const slow = chanceOf(seed, index, 2)() < faults.slow ? faults.slowBy : 1;
    const pace = Object.fromEntries(Object.entries(usualPace).map(([call, takes]) => [call, takes * slow]));
    this.#cri = new SimCri(clock, { ...usualPace, ...pace }, (life) => onLife({ ...life, node: this.node }));
    this.#usage = new SimUsage(clock, boardOf(index).bytes);
    this.#journal = new SimJournal(clock, `boot-${seed}-${index}`);
  }

  /** Whether its agent is up. */
  get isUp(): boolean {
    return this.#life !== undefined;
  }

  /** Starts the agent on what the device has. */
  async boot(): Promise<void> {
    const { index, clock, log, faults, newId } = this.#options;
    const link = badLink(this.#options.transport, clock, faults, this.#chance);
    link.cut = this.#cut;
    const random = this.#chance;
    const life: Life = { link, ended: false, tellWho: () => {}, system: this.#system(link, () => life.ended) };
    this.#life = life;
    const { system } = life;
    const agent = system.spawn(
      'agent',
      agentBehavior({
        ...withoutRest,
        node: this.node,
        labels: {},
        cri: mortal(this.#cri, () => life.ended),
        host: simHost(this.node, index, `site-${this.site}`),
        files: this.#files,
        checkpoint: this.#checkpoint,
        journal: this.#journal,
        localPods: this.#localPods,
        usage: { usage: this.#usage, housekeepingInterval: HOUSEKEEPING },
        master: system.remote(nodeUpPath(this.node), upWire),
        random,
        newId,
      }),
    );
    life.tellWho = () => void agent.tell({ type: 'who' });
    void system.ended.then(({ kind }) => {
      if (kind === 'failed' && !life.ended) log.error({ node: this.node }, 'a simulated agent has failed');
    });
    await system.expose(agent, deviceWire, { path: nodeDownPath(this.node) });
    life.tellWho();
  }

  /** Ends the agent as SIGKILL does: it says and does nothing more. */
  async crash(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    life.link.cut = true;
    life.ended = true;
    await life.system.shutdown();
  }

  /** Cuts the link, or mends it: then the agent hears of it, as from its NATS client. */
  cut(cut: boolean): void {
    const mended = this.#cut && !cut;
    this.#cut = cut;
    if (this.#life === undefined) return;
    this.#life.link.cut = cut;
    if (mended) this.#life.tellWho();
  }

  /** Somebody sets the wall clock. */
  jump(by: Millis): void {
    this.#wallOffset += by;
  }

  /** What its runtime runs. */
  inventory(): Inventory {
    return { node: this.node, running: this.#cri.running() };
  }

  #system(link: BadLink, ended: () => boolean): ActorSystem {
    const { clock, log } = this.#options;
    const own: Clock = {
      now: () => clock.now(),
      wall: () => clock.wall() + this.#wallOffset,
      timer: (delay, fire) => clock.timer(delay, fire),
      soon: (run) => clock.soon(run),
    };
    return createSystem({
      clock: own,
      log: quieter(log),
      random: this.#chance,
      transport: {
        ...link.transport,
        send: (...message) => {
          if (!ended()) link.transport.send(...message);
        },
      },
      name: this.node,
    });
  }
}

/** The runtime as an agent sees it that may be killed: what it asks for after that has no effect, and no answer. */
function mortal(cri: Cri, ended: () => boolean): Cri {
  return new Proxy(cri, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (name === 'events' || name === 'close') return value.bind(target);
      return async (...args: unknown[]) => {
        const answer: unknown = ended() ? undefined : await Reflect.apply(value, target, args);
        return ended() ? await new Promise<never>(() => {}) : answer;
      };
    },
  });
}

/** What a thousand agents find worth a word is only of interest to who looks for a fault in them. */
function quieter(log: Logger): Logger {
  const debug: Logger['debug'] = (...line) => log.debug(...line);
  return { debug, info: debug, warn: debug, error: (...line) => log.error(...line) };
}
