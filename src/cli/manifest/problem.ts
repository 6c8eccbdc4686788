/** What is wrong with a manifest, and where. */

import { CliError, exitCode } from '../errors.ts';

export type Problem = {
  /** File name, or `<stdin>`. */
  readonly source: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  /** The offending line, with a mark under the column. */
  readonly excerpt?: string;
};

/** `hello.yaml:12:5: message`, with the offending line below where it is known. */
export function problemText({ source, line, column, message, excerpt }: Problem): string {
  const place = [source, line, column].filter((part) => part !== undefined).join(':');
  return `${place}: ${message}${excerpt === undefined ? '' : `\n${excerpt}`}`;
}

/** All problems at once; nothing was sent. */
export function manifestError(problems: readonly Problem[]): CliError {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) return new CliError(exitCode.usage, problemText(first));
  const lines = problems.map(problemText).join('\n');
  return new CliError(exitCode.usage, `${problems.length} problems, nothing was changed:\n${lines}`);
}
