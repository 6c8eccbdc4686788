/** How a daemon's main is run: the user's mistakes are told without a stack, signals end it once and in order. */

import { SettingsError } from './load-settings.ts';

/** A main: runs until `stop` aborts or it fails, and answers with the exit code. */
export type Program = (argv: readonly string[], stop: AbortSignal) => Promise<number>;

/** A failure whose message is for the user: what is wrong and what to do. Exit code 1. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** Resolves when a program is told to stop. */
export function untilStopped(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve(), { once: true });
  });
}

/**
 * Runs a main; SIGTERM and SIGINT abort its signal. A SIGINT after that, of somebody who does not want to wait, ends the process
 * at once; a second SIGTERM does not, since a service manager and a parent may each send one. Exit codes: 0 ended, 1 failed,
 * 2 bad usage or settings.
 */
export async function runProgram(main: Program, argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted && signal === 'SIGINT') process.exit(130);
    stop.abort(signal);
  };
  // A parent that is gone, however it ended, closes the channel.
  const onOrphaned = (): void => onSignal('SIGTERM');
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal).on('disconnect', onOrphaned);
  try {
    return await main(argv, stop.signal);
  } catch (error) {
    if (error instanceof SettingsError) return tell(error.message, 2);
    if (error instanceof UserError) return tell(error.message, 1);
    throw error;
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal).off('disconnect', onOrphaned);
    if (process.connected) process.disconnect();
  }
}

function tell(message: string, code: number): number {
  process.stderr.write(`error: ${message}\n`);
  return code;
}
