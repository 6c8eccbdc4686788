/** Makes, refreshes and removes volumes of a pod over and over in a folder: for tests that kill it at any instant. */

import { join } from 'node:path';
import { createPodFiles } from '../../src/agent/io/files/pod-files.ts';

const [, , dir = '', host = ''] = process.argv;
const pod = { namespace: 'default', name: 'web-1', uid: 'uid-1' };
const files = createPodFiles({ dataDir: dir, logDir: join(dir, 'logs') });
process.stdout.write('begun\n');
for (let round = 0; ; round += 1) {
  const content = Buffer.from(String(round));
  const shown = [
    { path: 'a', content, mode: 0o644 },
    { path: 'b', content, mode: 0o600 },
  ];
  const keys = await files.writeVolume(pod, 'keys', shown, { memory: true });
  await files.makeEmptyDir(pod, 'cache', { memoryBytes: 65_536 });
  await files.bindSubPath(pod, { volume: 'keys', root: keys, path: 'a', container: 'app', index: 0 });
  await files.bindSubPath(pod, { volume: 'host', root: host, path: 'kept', container: 'app', index: 1 });
  if (round % 2 === 1) await files.remove(pod);
}
