/** `bramble up`: a whole cluster on one machine, as processes of its own: master with nats-server, agent with containerd. */

import { realClock } from '../common/actor/clock.ts';
import { parseDuration } from '../common/lib/duration.ts';
import type { UpSettings } from '../common/model/config/up-settings.ts';
import { createLogger } from '../common/process/logger.ts';
import { type Program, untilStopped } from '../common/process/program.ts';
import { keepRunning } from './child.ts';
import { claim, release, runningCluster } from './cluster-files.ts';
import { detach } from './detach.ts';
import { agentProgram, masterProgram } from './programs.ts';
import { teardown } from './teardown.ts';
import { untilReady } from './until-ready.ts';
import { upCall } from './up-call.ts';

/** Runs until it is told to stop, then ends everything that it started; the data stays. */
export const main: Program = async (argv, stop) => {
  const call = await upCall('up', 'Start a cluster on this machine: nats-server, master, containerd and agent', argv);
  if (call === undefined) return 0;
  const { settings, entry } = call;
  const running = runningCluster(settings);
  if (running !== undefined) {
    await untilReady(settings, realClock, () => {});
    process.stdout.write(`bramble is up (process ${running}), NATS at nats://127.0.0.1:${settings.natsPort}\n`);
    return 0;
  }
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
    // When the machine goes down the agent ends its pods in order before itself.
    await agent.stop(10_000 + (parseDuration(settings.shutdownGracePeriod) ?? 0));
    await master.stop(20_000);
    await teardown(entry, settings, log);
    release(settings);
  }
}
