/** Writes docs/reference from the schemas: `node --import=tsx scripts/reference.ts`. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { referenceFiles } from './reference-pages.ts';

const folder = new URL('../docs/reference/', import.meta.url);
await rm(folder, { recursive: true, force: true });
await mkdir(new URL('schemas/', folder), { recursive: true });
for (const [path, content] of referenceFiles()) await writeFile(new URL(path, folder), content);
