/** How a verb is declared: its flags here, its work in a file that is loaded only when it is called. */

import type { Command, Option } from 'commander';
import type { Verb } from '../verb.ts';

/** Runs a verb with what commander has read. */
export type Runner = <O>(command: Command, verb: Verb<O>) => Promise<void>;

export type Declaration<O> = {
  readonly name: string;
  readonly summary: string;
  /** As commander writes them, such as `<type> [names...]`. */
  readonly args?: string;
  readonly options?: readonly Option[];
  /** Lines of example calls, without indentation. */
  readonly examples?: readonly string[];
  load(): Promise<Verb<O>>;
};

/** Adds the verb to its parent. */
export function declare<O>(
  parent: Command,
  run: Runner,
  { name, summary, args = '', options = [], examples = [], load }: Declaration<O>,
): Command {
  const command = parent.command(`${name} ${args}`.trim()).summary(summary).description(summary);
  for (const option of options) command.addOption(option);
  if (examples.length > 0)
    command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
  return command.action(async () => run(command, await load()));
}
