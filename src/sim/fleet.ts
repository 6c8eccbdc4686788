/** A simulated fleet in processes of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Clock } from '../common/actor/types.ts';
import { UserError } from '../common/process/program.ts';
import type { Inventory } from './core/audit.ts';
import { LivesOfMany } from './core/lives.ts';
import { type Faults, siteOf } from './core/plan.ts';
import type { Answer, Figures, FromWorker, ToWorker } from './worker-protocol.ts';

export type FleetOptions = {
  /** How Node is called to run `bramble`: its flags, and the program. */
  readonly program: readonly string[];
  readonly server: string;
  readonly devices: number;
  readonly processes: number;
  readonly devicesPerSite: number;
  readonly seed: number;
  readonly startWithin: number;
  readonly faults: Faults;
  readonly logLevel: string;
  readonly clock: Clock;
};

export interface Fleet {
  readonly sites: number;
  /** The sum over all processes. `doubled`: beginnings, so far, that made a container or a pod run twice. */
  figures(): Promise<Figures & { readonly doubled: number }>;
  inventory(): Promise<readonly Inventory[]>;
  /** What ran twice, in words. */
  findings(): readonly string[];
  /** Lets the faults of the plan happen. */
  disturb(): void;
  /** Ends them, mends every link, and starts every agent that is down. */
  quiet(): void;
  cut(site: number, cut: boolean): void;
  stop(): Promise<void>;
  /** Rejects with UserError when a worker ends before `stop`. */
  readonly failed: Promise<never>;
}

export function startFleet(options: FleetOptions): Fleet {
  const { program, server, devices, devicesPerSite, seed, startWithin, faults, logLevel, clock } = options;
  const processes = Math.min(devices, options.processes);
  const waiting = new Map<number, (answer: Answer) => void>();
  const lives = new LivesOfMany(processes);
  let ids = 0;
  let stopping = false;
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  const workers = Array.from({ length: processes }, (_, i): ChildProcess => {
    const child = spawn(process.execPath, [...program, 'sim', 'worker'], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Ctrl-C reaches the whole group of the terminal: devices run until their pods are counted.
      detached: true,
    });
    child.on('message', (message) => {
      const answer = message as FromWorker;
      if (answer.type === 'lives') return lives.told(i, answer.until, answer.lives);
      waiting.get(answer.id)?.(answer);
      waiting.delete(answer.id);
    });
    child.on('exit', (code, signal) => {
      if (!stopping) fail(new UserError(`a worker of the simulation ended before it (${signal ?? code})`));
    });
    child.on('error', fail);
    const share = (index: number) => Math.floor((devices * index) / processes);
    const plan = { seed, from: share(i), to: share(i + 1), devicesPerSite, startWithin, faults };
    child.send({ type: 'begin', server, plan, logLevel } satisfies ToWorker);
    return child;
  });
  const tell = (message: ToWorker): void => {
    for (const child of workers) if (child.connected) child.send(message);
  };
  const ask = async <T extends Answer['type']>(type: T): Promise<readonly Extract<Answer, { type: T }>[]> => {
    const answers = workers.map(
      (child) =>
        new Promise<Extract<Answer, { type: T }>>((resolve) => {
          const id = ++ids;
          waiting.set(id, (answer) => resolve(answer as Extract<Answer, { type: T }>));
          child.send({ type, id } as ToWorker);
        }),
    );
    return await Promise.race([Promise.all(answers), failed]);
  };
  return {
    sites: siteOf(devices - 1, devicesPerSite) + 1,
    failed,
    figures: async () => {
      const all = (await ask('figures')).map(({ figures }) => figures);
      const sum = (of: keyof Figures): number => all.reduce((total, one) => total + one[of], 0);
      return {
        ...{ up: sum('up'), running: sum('running'), crashes: sum('crashes'), cuts: sum('cuts'), jumps: sum('jumps') },
        doubled: lives.doubled,
        ...{ bytes: sum('bytes'), messages: sum('messages'), rss: sum('rss'), cpuSeconds: sum('cpuSeconds') },
      };
    },
    inventory: async () => (await ask('inventory')).flatMap(({ found }) => found),
    findings: () => lives.findings,
    disturb: () => tell({ type: 'disturb' }),
    quiet: () => tell({ type: 'quiet' }),
    cut: (site, cut) => tell({ type: 'cut', site, cut }),
    async stop() {
      stopping = true;
      await Promise.all(
        workers.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const ended = once(child, 'exit');
          child.kill('SIGTERM');
          const cancel = clock.timer(10_000, () => child.kill('SIGKILL'));
          await ended;
          cancel();
        }),
      );
    },
  };
}
