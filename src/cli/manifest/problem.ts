/** The error for manifests that can not be used. */

import { type Problem, problemLine } from '../../common/manifest/problem.ts';
import { CliError, exitCode } from '../errors.ts';

/** `hello.yaml:12:5: message`, with the offending line below where it is known. */
function problemText(problem: Problem): string {
  return `${problemLine(problem)}${problem.excerpt === undefined ? '' : `\n${problem.excerpt}`}`;
}

/** All problems at once; nothing was sent. */
export function manifestError(problems: readonly Problem[]): CliError {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) return new CliError(exitCode.usage, problemText(first));
  const lines = problems.map(problemText).join('\n');
  return new CliError(exitCode.usage, `${problems.length} problems, nothing was changed:\n${lines}`);
}
