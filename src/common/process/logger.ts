/** The process's log: JSON lines on standard error, as journald and log collectors take them. */

import { type DestinationStream, pino } from 'pino';
import type { Logger } from '../actor/types.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** A logger that writes lines of at least `level` with the process's name in `name`. */
export function createLogger(
  name: string,
  level: Level,
  to: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  return pino({ name, level, base: { name }, serializers: { error: inWords } }, to);
}

/** What an error says, which JSON leaves out; its stack is of no use to people on a device. */
function inWords(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, cause } = error;
  const said = cause instanceof Error && !message.includes(cause.message) ? { cause: cause.message } : {};
  return { name, ...('code' in error ? { code: error.code } : {}), message, ...said };
}
