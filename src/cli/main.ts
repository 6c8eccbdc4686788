/** The client: reads the arguments, runs one verb, tells its failure without a stack, and answers with the exit code. */

import { type Command, CommanderError } from 'commander';
import { CliError, exitCode } from './errors.ts';
import { FileTooLarge, type Io } from './io.ts';
import { normalise } from './normalise.ts';
import { cleanBlock } from './print/clean.ts';
import { processIo } from './process-io.ts';
import { createProgram } from './program.ts';
import type { Call, Verb } from './verb.ts';

/** Runs the client in this process; `argv` without the program's name. Answers with the exit code when all is written. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const { io, release } = processIo();
  try {
    return await runWith(io, argv);
  } finally {
    await release();
  }
}

/** Runs the client on any Io. Throws only for its own faults. */
export async function runWith(io: Io, argv: readonly string[]): Promise<number> {
  try {
    if (argv[0] === '__complete') return await runComplete(io, argv.slice(1));
    return await runProgram(io, normalise(argv));
  } catch (error) {
    if (io.stop.aborted && io.stop.reason === 'pipe') return exitCode.brokenPipe;
    if (error instanceof CliError) {
      if (error.message !== '') await io.stderr.write(`error: ${cleanBlock(error.message)}\n`);
      return error.code;
    }
    if (error instanceof FileTooLarge) {
      await io.stderr.write(`error: ${error.message}\n`);
      return exitCode.usage;
    }
    throw error;
  }
}

async function runProgram(io: Io, argv: readonly string[]): Promise<number> {
  let code: number = exitCode.ok;
  const program = createProgram(async (command, verb) => {
    code = await verb(io, callOf(command));
  });
  // Commander writes in one go and expects no answer; the streams keep the order.
  const pending: Promise<void>[] = [];
  const everyCommand = [program, ...program.commands, ...program.commands.flatMap((command) => command.commands)];
  for (const command of everyCommand)
    command.exitOverride().configureOutput({
      writeOut: (text) => void pending.push(io.stdout.write(text)),
      writeErr: (text) => void pending.push(io.stderr.write(text)),
    });
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) code = exitCode.usage;
  }
  await Promise.all(pending);
  return code;
}

function callOf<O>(command: Command): Call<O> {
  return { args: command.args, options: command.opts() as O, globals: command.optsWithGlobals() };
}

async function runComplete(io: Io, argv: readonly string[]): Promise<number> {
  const { complete } = await import('./verbs/complete.ts');
  const { commands } = createProgram(runNothing);
  const tree = Object.fromEntries(
    commands.map((command) => [command.name(), command.commands.map((inner) => inner.name())]),
  );
  const words = argv[0] === '--' ? argv.slice(1) : argv;
  return await complete(io, { args: words, options: { commands: tree }, globals: {} });
}

/** For a program that is only looked at. */
async function runNothing<O>(_command: Command, _verb: Verb<O>): Promise<void> {}
