/**
 * Tells systemd that the service is ready and alive (sd_notify(3)). Node has no datagram unix sockets, so
 * systemd's own `systemd-notify` carries the word: once for readiness, then once in half of each watchdog period.
 */

import { execFile } from 'node:child_process';
import type { Clock, Logger } from '../actor/types.ts';

export interface ServiceManager {
  ready(status: string): void;
  stopping(): void;
}

/** Talks to systemd where `NOTIFY_SOCKET` is set; elsewhere it does nothing. */
export function serviceManager(
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
  log: Logger,
): ServiceManager {
  if (env.NOTIFY_SOCKET === undefined) return { ready: () => {}, stopping: () => {} };
  const notify = (...args: string[]): void => {
    execFile('systemd-notify', args, (error) => {
      if (error !== null) log.warn({ error: error.message }, 'systemd could not be notified');
    });
  };
  const watchdogMillis = Number(env.WATCHDOG_USEC ?? 0) / 1000;
  let cancel = (): void => {};
  const keepAlive = (): void => {
    cancel = clock.timer(watchdogMillis / 2, () => {
      notify('WATCHDOG=1');
      keepAlive();
    });
  };
  return {
    ready(status) {
      notify('--ready', `--status=${status}`);
      if (watchdogMillis > 0) keepAlive();
    },
    stopping() {
      cancel();
      notify('STOPPING=1');
    },
  };
}
