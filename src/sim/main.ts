/** `bramble sim`: a fleet of simulated devices for a master, with faults drawn from a seed; at its end every pod is counted. */

import { realClock } from '../common/actor/clock.ts';
import { pause } from '../common/actor/pause.ts';
import { type SimSettings, simSettings } from '../common/model/config/sim-settings.ts';
import type { Pod } from '../common/model/pod.ts';
import { loadSettings } from '../common/process/load-settings.ts';
import type { Program } from '../common/process/program.ts';
import { type Audit, audit } from './core/audit.ts';
import type { Faults } from './core/plan.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { startOwnMaster } from './own-master.ts';
import { createProgress, type Progress } from './progress.ts';
import { wantedOf } from './wanted.ts';
import { withApi } from './with-api.ts';
import { worker } from './worker.ts';

const TELL_EVERY = 5_000;
const LOOK_AGAIN = 1_000;
const SHORT: Readonly<Record<string, string>> = { '-n': '--devices', '-o': '--output' };

/** Exit code 1 when a pod was lost, doubled or left behind, or the simulation could not go on. */
export const main: Program = async (argv, stop) => {
  if (argv[0] === 'worker') return await worker(argv.slice(1), stop);
  const settings = await loadSettings({
    program: 'bramble sim',
    summary:
      'Simulate a fleet of devices, with a master of its own or against a running one.\n' +
      'Example: bramble sim -n 1000 --loss 0.01 --crash-every 600 --partition-every 300 --duration 120',
    schema: simSettings,
    defaultFile: '/etc/bramble/sim.yaml',
    argv: argv.map((word) => SHORT[word] ?? word),
    // The server of the user's own cluster is not to get a thousand devices by accident.
    env: { ...process.env, BRAMBLE_SERVER: undefined },
  });
  if (settings === undefined) return 0;
  const program = [...process.execArgv, process.argv[1] ?? ''];
  const { natsBinary, logLevel } = settings;
  const master =
    settings.server === undefined
      ? await startOwnMaster(program, { natsBinary, logLevel, clock: realClock })
      : undefined;
  const server = master?.url ?? settings.server ?? '';
  try {
    // A wrong address is told before a thousand devices wait for it.
    if (master === undefined) await withApi(server, (api) => api.version());
    const simulation = run(settings, program, server, stop);
    return await (master === undefined ? simulation : Promise.race([simulation, master.failed]));
  } finally {
    await master?.stop();
  }
};

async function run(
  settings: SimSettings,
  program: readonly string[],
  server: string,
  stop: AbortSignal,
): Promise<number> {
  const seed = settings.seed ?? Math.floor(Math.random() * 2 ** 32);
  const progress = createProgress(settings.output, process.stdout, realClock);
  const fleet = startFleet({
    ...{ program, server, seed, clock: realClock, faults: faultsOf(settings), logLevel: settings.logLevel },
    ...{ devices: settings.devices, processes: settings.processes, devicesPerSite: settings.devicesPerSite },
    startWithin: settings.startWithin * 1000,
  });
  try {
    progress.began({ ...settings, server, seed, sites: fleet.sites });
    await until(fleet, progress, settings.startWithin * 1000 + LOOK_AGAIN, stop);
    fleet.disturb();
    await until(fleet, progress, settings.duration === 0 ? undefined : settings.duration * 1000, stop);
    fleet.quiet();
    progress.quiet(settings.settle);
    const found = await settled(fleet, server, settings.settle * 1000);
    const figures = await fleet.figures();
    // What ran twice on the way counts as what does at the end.
    const doubled = figures.doubled + found.doubled;
    progress.ended({ ...figures, ...found, doubled, findings: fleet.findings(), seed });
    return found.lost + doubled + found.strays === 0 ? 0 : 1;
  } finally {
    await fleet.stop();
  }
}

/** Tells how the fleet does until the time is over (or for ever), or the user says so. */
async function until(fleet: Fleet, progress: Progress, millis: number | undefined, stop: AbortSignal): Promise<void> {
  const end = millis === undefined ? Number.POSITIVE_INFINITY : realClock.now() + millis;
  while (!stop.aborted && realClock.now() < end) {
    const wait = Math.min(TELL_EVERY, end - realClock.now());
    await Promise.race([pause(realClock, wait, stop), fleet.failed]);
    progress.told(await fleet.figures());
  }
}

/** Counts pods until all is well or the time is over. */
async function settled(fleet: Fleet, server: string, millis: number): Promise<Audit & { readonly pods: number }> {
  const end = realClock.now() + millis;
  for (;;) {
    const wanted = await withApi(server, async (api) => wantedOf((await api.list('pods')).items as readonly Pod[]));
    const result = { ...audit(wanted, await fleet.inventory()), pods: wanted.length };
    if (result.lost + result.doubled + result.strays === 0 || realClock.now() >= end) return result;
    await pause(realClock, LOOK_AGAIN);
  }
}

function faultsOf(settings: SimSettings): Faults {
  const { loss, delay, partitionEvery, partitionFor, crashEvery, slow, slowBy } = settings;
  return {
    ...{ loss, delay, slow, slowBy, crashEvery: crashEvery * 1000 },
    ...{ partitionEvery: partitionEvery * 1000, partitionFor: partitionFor * 1000 },
    ...{ jumpEvery: settings.clockJumpEvery * 1000, jumpBy: settings.clockJumpBy * 1000 },
  };
}
