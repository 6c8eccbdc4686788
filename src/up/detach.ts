/** `bramble up --detach`: goes on in the background, and comes back when the node is Ready. */

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { realClock } from '../common/actor/clock.ts';
import type { UpSettings } from '../common/model/config/up-settings.ts';
import { UserError } from '../common/process/program.ts';
import { logFile } from './cluster-files.ts';
import { untilReady } from './until-ready.ts';

/** Starts this program anew without `--detach`, its log in the data directory (the last one kept beside it). */
export async function detach(entry: string, argv: readonly string[], settings: UpSettings): Promise<number> {
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  const path = logFile(settings);
  if (existsSync(path)) renameSync(path, `${path}.1`);
  const log = openSync(path, 'a', 0o600);
  const child = spawn(process.execPath, [...process.execArgv, entry, 'up', ...argv, '--detach=false'], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
  });
  closeSync(log);
  try {
    await Promise.race([
      untilReady(settings, realClock, (step) => process.stderr.write(`  ${step}\n`)),
      endedEarly(child, path),
    ]);
  } finally {
    child.removeAllListeners('exit');
    child.unref();
  }
  process.stdout.write(`bramble is up (process ${child.pid}), NATS at nats://127.0.0.1:${settings.natsPort}\n`);
  return 0;
}

async function endedEarly(child: ChildProcess, path: string): Promise<never> {
  return await new Promise((_, reject) => {
    child.on('error', (error) => reject(new UserError(`could not start: ${error.message}`)));
    child.on('exit', (code) => reject(new UserError(`ended at once with code ${code}; the reason is in ${path}`)));
  });
}
