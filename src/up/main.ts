/** `bramble up`: a whole cluster on one machine, as processes of its own: master with nats-server, agent with containerd. */

import { realClock } from '../common/actor/clock.ts';
import { type UpSettings, upSettings } from '../common/model/config.ts';
import { loadSettings } from '../common/process/load-settings.ts';
import { createLogger } from '../common/process/logger.ts';
import { type Program, UserError, untilStopped } from '../common/process/program.ts';
import { keepRunning } from './child.ts';
import { claim, release, runningCluster } from './cluster-files.ts';
import { detach } from './detach.ts';
import { agentProgram, masterProgram } from './programs.ts';
import { teardown } from './teardown.ts';
import { untilReady } from './until-ready.ts';

/** Runs until it is told to stop, then ends everything that it started; the data stays. */
export const main: Program = async (argv, stop) => {
  const settings = await loadSettings({
    program: 'bramble up',
    summary: 'Start a cluster on this machine: nats-server, master, containerd and agent',
    schema: upSettings,
    defaultFile: '/etc/bramble/up.yaml',
    argv,
    env: process.env,
  });
  if (settings === undefined) return 0;
  if (process.getuid?.() !== 0)
    throw new UserError('`bramble up` runs containers and needs root: try `sudo bramble up`');
  const running = runningCluster(settings);
  if (running !== undefined) {
    await untilReady(settings, realClock, () => {});
    process.stdout.write(`bramble is up (process ${running}), NATS at nats://127.0.0.1:${settings.natsPort}\n`);
    return 0;
  }
  const entry = process.argv[1];
  if (entry === undefined) throw new Error('the program does not know its own file');
  return settings.detach ? await detach(entry, argv, settings) : await run(entry, settings, stop);
};

async function run(entry: string, settings: UpSettings, stop: AbortSignal): Promise<number> {
  const log = createLogger('up', settings.logLevel);
  claim(settings);
  const deps = { clock: realClock, log };
  const master = keepRunning('master', masterProgram(entry, settings), deps);
  const agent = keepRunning('agent', agentProgram(entry, settings), deps);
  try {
    const refused = await Promise.race([untilStopped(stop), master.refused, agent.refused]);
    return refused === undefined ? 0 : 1;
  } finally {
    await agent.stop(10_000);
    await master.stop(20_000);
    await teardown(entry, settings, log);
    release(settings);
  }
}
