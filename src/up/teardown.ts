/** Ends the pods and the containerd of the one-machine cluster, whether or not its `bramble up` still lives. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Logger } from '../common/actor/types.ts';
import type { UpSettings } from '../common/model/config.ts';
import { agentProgram } from './programs.ts';

/** Runs `bramble agent teardown`, which leaves no process, mount, network namespace, interface or rule of its pods. */
export async function teardown(entry: string, settings: UpSettings, log: Logger): Promise<boolean> {
  const child = spawn(process.execPath, [...agentProgram(entry, settings, 'teardown')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) log.error({ code }, 'the pods or their containerd did not end cleanly');
  return code === 0;
}
