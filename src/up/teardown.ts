/** Ends the pods, the containerd and the nats-server of the one-machine cluster, whether or not its `bramble up` still lives. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Logger } from '../common/actor/types.ts';
import type { UpSettings } from '../common/model/config/up-settings.ts';
import { agentProgram, masterProgram, ownEnvironment } from './programs.ts';

/** Leaves no process, mount, network namespace, interface or rule of the cluster. Answers whether all ended cleanly. */
export async function teardown(entry: string, settings: UpSettings, log: Logger): Promise<boolean> {
  let clean = true;
  for (const program of [agentProgram(entry, settings, 'teardown'), masterProgram(entry, settings, 'teardown')]) {
    const child = spawn(process.execPath, [...program], {
      env: ownEnvironment(process.env),
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [code] = await once(child, 'exit');
    if (code === 0) continue;
    clean = false;
    log.error({ code, program: program.slice(-3) }, 'what the cluster left could not all be ended');
  }
  return clean;
}
