/** `npm run bench -- NAME [args]`: runs bench/NAME.ts and prints its figures as the last line, one JSON object. */

import { readdirSync } from 'node:fs';

type Bench = { run(args: readonly string[]): Promise<Readonly<Record<string, unknown>>> };

const here = new URL('.', import.meta.url);
const names = readdirSync(here)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length));
const [name, ...args] = process.argv.slice(2);

if (name === undefined || !names.includes(name)) {
  if (name !== undefined) console.error(`no bench named ${JSON.stringify(name)}`);
  console.error(`usage: npm run bench -- NAME [args]; NAME is one of: ${names.sort().join(', ')}`);
  process.exitCode = 2;
} else {
  const bench: Bench = await import(new URL(`${name}.ts`, here).href);
  console.log(JSON.stringify(await bench.run(args)));
}
