#!/usr/bin/env node
/** The one program `bramble`: daemons by name, everything else is the client. Loads only what the verb needs. */

import { deviceVerbs } from './common/process/device-verbs.ts';
import type { Program } from './common/process/program.ts';

const daemons: Readonly<Record<string, () => Promise<{ readonly main: Program }>>> = {
  up: () => import('./up/main.ts'),
  down: () => import('./up/down.ts'),
  master: () => import('./master/main.ts'),
  agent: () => import('./agent/main.ts'),
  doctor: () => import('./agent/doctor/main.ts'),
  sim: () => import('./sim/main.ts'),
};

async function run(argv: readonly string[]): Promise<number> {
  const [verb, ...rest] = argv;
  const load = verb === undefined || !Object.hasOwn(daemons, verb) ? undefined : daemons[verb];
  if (load === undefined || (verb === 'agent' && deviceVerbs.some((word) => word === rest[0]))) {
    const { runCli } = await import('./cli/main.ts');
    return await runCli(argv);
  }
  const [{ main }, { runProgram }] = await Promise.all([load(), import('./common/process/program.ts')]);
  return await runProgram(main, rest);
}

const code = await run(process.argv.slice(2));
// What was given up on (a connection that never came) must not keep the process; all output is out by now.
process.exit(code);
