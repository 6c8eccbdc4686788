// Bundles the program into dist/, or into the folder that the argument names: one entry and the chunks that its verbs
// load, so that no verb pays for another.
import { chmod, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
const outdir = resolve(process.argv[2] ?? new URL('../dist/', import.meta.url).pathname);
for (const built of ['bramble.js', 'chunks']) await rm(join(outdir, built), { recursive: true, force: true });
await build({
  entryPoints: { bramble: new URL('../src/main.ts', import.meta.url).pathname },
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // The source text that V8 keeps is part of the agent's memory; names stay, for stack traces.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  chunkNames: 'chunks/[name]-[hash]',
  define: { 'process.env.BRAMBLE_VERSION': JSON.stringify(version) },
  // Libraries in CommonJS inside the bundle still ask for Node's own modules by require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
});
await chmod(join(outdir, 'bramble.js'), 0o755);
