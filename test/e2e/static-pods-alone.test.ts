/** A device that never had a master: its pods come from a directory, a URL and its own socket, and outlive agents and power cuts. */

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { freePort } from '../../src/common/process/free-port.ts';
import { runBramble } from '../support/cluster.ts';
import { until } from '../support/eventually.ts';
import { createFieldDevice, type FieldDevice, hostAddress } from '../support/field-device.ts';

const index = 61;
const dir = mkdtempSync(join(tmpdir(), 'bramble-alone-'));
let device: FieldDevice;
/** What the URL answers; without it the server is not to be reached. */
let page: string | undefined;
const server = createServer((request, response) => {
  if (page === undefined) request.socket.destroy();
  else if (request.headers['if-none-match'] === `"${page.length}"`) response.writeHead(304).end();
  else response.writeHead(200, { etag: `"${page.length}"` }).end(page);
});

test.before(async () => {
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  const url = `http://${hostAddress(index)}:${(server.address() as AddressInfo).port}/pods.yaml`;
  device = await createFieldDevice(dir, index, await freePort(), [`--static-pod-url=${url}`]);
});
test.after.always(async () => {
  server.closeAllConnections();
  server.close();
  await device?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const manifest = (name: string) => `apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: main, image: 'bramble.local/busybox:1', command: [sleep, '100000']}]
`;
const ask = (args: readonly string[], input?: string) =>
  runBramble(['agent', ...args], { BRAMBLE_RUN_DIR: device.runDir }, input);

/** Waits until these pods run and no others; answers with the ids of their containers. */
async function untilRuns(...names: readonly string[]): Promise<Record<string, string>> {
  let ids: Record<string, string> = {};
  const wanted = names.map((name) => `${name}-${device.node}`).sort();
  try {
    await until(`${wanted.join()} run`, async () => {
      ids = Object.fromEntries(((await device.running()) ?? []).map(({ pod, id }) => [pod, id]));
      return Object.keys(ids).sort().join() === wanted.join();
    });
  } catch (error) {
    throw new Error(`${error}: it is ${JSON.stringify(ids)}; ${device.log().slice(-3000)}`);
  }
  return ids;
}

test.serial('pods of all three sources run without a master, and the device tells where they come from', async (t) => {
  page = manifest('from-url');
  device.startAgent();
  writeFileSync(join(device.manifests, 'a.yaml'), manifest('from-file'));
  await until('the agent answers', async () => (await ask(['status'])).code === 0);
  const applied = await ask(['apply', '-f', '-'], manifest('from-socket'));
  t.is(applied.code, 0, applied.stderr);
  await untilRuns('from-file', 'from-url', 'from-socket');
  await until('the status says so', async () => {
    const { stdout } = await ask(['status']);
    return /not heard since the agent started[\s\S]*file: 1 Running[\s\S]*http: 1 Running[\s\S]*local: 1 Running/.test(
      stdout,
    );
  });
  const names = await ask(['pods', '-o', 'name']);
  t.is(names.stdout, ['file', 'socket', 'url'].map((from) => `pod/from-${from}-field-61\n`).join(''));
});

test.serial('an agent that is killed finds its pods again; what changed meanwhile is carried out', async (t) => {
  const before = await untilRuns('from-file', 'from-url', 'from-socket');
  await device.endAgent('SIGKILL');
  rmSync(join(device.manifests, 'a.yaml'));
  device.startAgent();
  const after = await untilRuns('from-url', 'from-socket');
  t.like(before, after, 'the same containers');
});

test.serial('after a power cut, with the URL out of reach, the pods run again', async (t) => {
  page = undefined;
  await device.powerCut();
  device.startAgent();
  await untilRuns('from-url', 'from-socket');
  await until('the URL is told', async () => /http: +http\S+: |http: http/.test((await ask(['status'])).stdout));
  page = manifest('from-url-again');
  const { 'from-socket-field-61': kept } = await untilRuns('from-url-again', 'from-socket');
  const gone = await ask(['delete', 'pod', 'from-socket']);
  t.is(gone.code, 0, gone.stderr);
  t.truthy(kept);
  await untilRuns('from-url-again');
});
