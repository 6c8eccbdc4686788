/** Signals by the names that Kubernetes knows. */

import { constants } from 'node:os';

/** Numbers of the first and the last real-time signal, as runtimes count them. */
const FIRST_REAL_TIME = 34;
const LAST_REAL_TIME = 64;

/** Undefined for a name that is none. */
export function signalNumber(name: string): number | undefined {
  const standard: Readonly<Record<string, number>> = { ...constants.signals, SIGCLD: constants.signals.SIGCHLD };
  const number = standard[name];
  if (number !== undefined) return number;
  const [, end, offset = '0'] = /^SIGRT(MIN|MAX)(?:[+-]([0-9]{1,2}))?$/.exec(name) ?? [];
  if (end === undefined) return undefined;
  return end === 'MIN' ? FIRST_REAL_TIME + Number(offset) : LAST_REAL_TIME - Number(offset);
}
