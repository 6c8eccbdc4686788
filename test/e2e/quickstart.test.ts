/** The two commands of the README, as a new user types them, in directories of the test's own. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { freePort } from '../../src/common/process/free-port.ts';
import { leftovers } from '../support/leftovers.ts';

const bridge = 'brtest40';
let dir = '';
let env: Record<string, string | undefined> = {};

/** Runs the script to its end; rejects with all of its output when it fails. */
async function quickstart(...args: string[]): Promise<string> {
  const child = spawn('bash', ['scripts/quickstart.sh', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`quickstart ${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

test.before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'bramble-quickstart-'));
  env = {
    ...process.env,
    BRAMBLE_DATA_DIR: join(dir, 'data'),
    BRAMBLE_RUN_DIR: join(dir, 'run'),
    BRAMBLE_CONFIG: join(dir, 'none.yaml'),
    BRAMBLE_NATS_PORT: String(await freePort()),
    BRAMBLE_POD_BRIDGE: bridge,
    BRAMBLE_POD_SUBNET: '10.90.40.0/24',
  };
});

test.after.always(async () => {
  await quickstart('--purge');
  rmSync(dir, { recursive: true, force: true });
});

/** Names of the pods in the table that the script ends with. */
function podsIn(output: string): readonly string[] {
  return [...output.matchAll(/^(hello-\S+) +1\/1 +Running +0 .* 10\.90\.40\.\d+ /gm)].map((row) => row[1] ?? '').sort();
}

test.serial('the first run ends with three running pods, a line of their log and an HTTP answer', async (t) => {
  const output = await quickstart();
  const pods = podsIn(output);
  t.is(pods.length, 3, output);
  t.is(output.match(/^Hello from Bramble, I am hello-\S+$/gm)?.length, 2, output);
  t.regex(output, /What to type next/);
});

test.serial('a second run finds everything and changes nothing', async (t) => {
  const first = podsIn(await quickstart());
  const output = await quickstart();
  t.regex(output, /configmap\/hello unchanged\ndeployment\.apps\/hello unchanged/);
  t.notRegex(output, /installing|building/);
  t.deepEqual(podsIn(output), first);
});

test.serial('--stop leaves nothing on the machine but the data, and what was running runs again', async (t) => {
  await quickstart('--stop');
  t.deepEqual(leftovers(dir, bridge), []);
  t.true(existsSync(join(dir, 'data')));
  t.is(podsIn(await quickstart()).length, 3);
});

test.serial('--purge leaves nothing at all', async (t) => {
  await quickstart('--purge');
  t.deepEqual(leftovers(dir, bridge), []);
  t.false(existsSync(join(dir, 'data')));
});
