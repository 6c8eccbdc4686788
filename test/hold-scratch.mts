import { existsSync, writeFileSync } from 'node:fs';
import { startCluster } from './support/cluster.ts';

const c = await startCluster(57);
writeFileSync('/tmp/streams-url', c.url);
while (!existsSync('/tmp/streams-stop')) await new Promise((r) => setTimeout(r, 300));
await c.stop();
