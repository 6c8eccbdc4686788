/** A master with its NATS here, and a device far from it: see field-device.ts. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { upSettings } from '../../src/common/model/config/up-settings.ts';
import { freePort } from '../../src/common/process/free-port.ts';
import { masterProgram, ownEnvironment } from '../../src/up/programs.ts';
import { program, type Ran, runBramble } from './cluster.ts';
import { until } from './eventually.ts';
import { createFieldDevice, type FieldDevice } from './field-device.ts';

export type FieldCluster = {
  /** The first of the devices. */
  readonly device: FieldDevice;
  readonly devices: readonly FieldDevice[];
  readonly url: string;
  startMaster(): void;
  endMaster(): Promise<void>;
  bramble(args: readonly string[], input?: string): Promise<Ran>;
  /** The output of a run that has to succeed. */
  ok(args: readonly string[], input?: string): Promise<string>;
  /** Of one device; the first, unless told. */
  untilNodeReady(device?: FieldDevice): Promise<void>;
  /** The last that its processes have logged. */
  lastWords(): string;
  stop(): Promise<void>;
};

/**
 * Starts the master; a device's agent is started by its `startAgent`. `index` (0 to 200) keeps clusters apart, and is that of
 * the first device. `flags`: more of its agent's; `more`: those of the agents of further devices.
 */
export async function startFieldCluster(
  index: number,
  flags: readonly string[] = [],
  more: readonly (readonly string[])[] = [],
): Promise<FieldCluster> {
  const dir = mkdtempSync(join(tmpdir(), 'bramble-field-'));
  const log = join(dir, 'master.log');
  const natsPort = await freePort();
  const settings = upSettings.parse({ dataDir: join(dir, 'cluster'), runDir: join(dir, 'cluster-run'), natsPort });
  const url = `nats://127.0.0.1:${natsPort}`;
  const env = { BRAMBLE_SERVER: url, BRAMBLE_CONFIG: join(dir, 'none.yaml') };
  const create = (i: number, own: readonly string[]) =>
    createFieldDevice(join(dir, `device-${i}`), index + i, natsPort, own);
  const device = await create(0, flags);
  const devices = [device];
  for (const own of more) devices.push(await create(devices.length, own));
  let master: ChildProcess | undefined;

  const cluster: FieldCluster = {
    ...{ device, devices, url },
    startMaster() {
      const fd = openSync(log, 'a');
      const args = masterProgram(program, settings).filter((arg) => !arg.startsWith('--import'));
      master = spawn(process.execPath, args, { env: ownEnvironment(process.env), stdio: ['ignore', fd, fd] });
      closeSync(fd);
    },
    async endMaster() {
      if (master === undefined || master.exitCode !== null || master.signalCode !== null) return;
      const ended = once(master, 'exit');
      master.kill('SIGTERM');
      await ended;
    },
    bramble: (args, input) => runBramble(args, env, input),
    async ok(args, input) {
      const ran = await cluster.bramble(args, input);
      if (ran.code === 0) return ran.stdout;
      const said = `${ran.stdout}${ran.stderr}`;
      throw new Error(`bramble ${args.join(' ')} ended with ${ran.code}:\n${said}\n${cluster.lastWords()}`);
    },
    untilNodeReady: ({ node } = device) =>
      until('the node is Ready', async () => {
        const wait = ['wait', '--for=condition=Ready', `node/${node}`, '--timeout=1s'];
        return (await cluster.bramble(wait)).code === 0;
      }),
    lastWords: () =>
      `${devices.map((one) => one.log().slice(-4000)).join('\n')}\n${readFileSync(log, 'utf8').slice(-2000)}`,
    async stop() {
      try {
        for (const one of devices) await one.stop();
      } finally {
        await cluster.endMaster();
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
  cluster.startMaster();
  return cluster;
}
