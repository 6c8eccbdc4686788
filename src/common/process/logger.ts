/** The process's log: JSON lines on standard error, as journald and log collectors take them. */

import { pino } from 'pino';
import type { Logger } from '../actor/types.ts';

/** A logger that writes lines of at least `level` with the process's name in `name`. */
export function createLogger(name: string, level: 'debug' | 'info' | 'warn' | 'error'): Logger {
  return pino({ name, level, base: { name } }, pino.destination({ dest: 2, sync: true }));
}
