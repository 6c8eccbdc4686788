/**
 * A delay lock of logind, and its word that the system goes down. The lock is a file descriptor that comes over D-Bus, which
 * Node can not receive: systemd's own programs hold it and listen, and cost nothing while nothing happens.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import type { Clock, Logger, Millis } from '../../../common/actor/types.ts';

const signal = z.object({
  member: z.literal('PrepareForShutdown'),
  payload: z.object({ data: z.tuple([z.boolean()]) }),
});
/** From logind only: on the system's bus everybody may send signals. */
const MATCH =
  "--match=type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.login1.Manager',member='PrepareForShutdown'";
const LOCK = ['--what=shutdown', '--mode=delay', '--who=bramble-agent', '--why=Pods end in order', 'cat'];
/** So long after a failure they are begun again; twice as long after each further one, to an hour: D-Bus may not be there at all. */
const FIRST: Millis = 30_000;
const LONGEST: Millis = 3_600_000;

export type Logind = {
  /** Lets the shutdown go on. */
  release(): void;
  /** Ends both programs for good. */
  close(): void;
};

/** Where one of the two ends, so does the other, and both are begun again later: a lock without an ear only costs time. */
export function watchLogind(
  listener: (goingDown: boolean) => void,
  deps: { readonly clock: Pick<Clock, 'timer'>; readonly log: Logger },
): Logind {
  let closed = false;
  let failures = 0;
  let lock: ChildProcess | undefined;
  let ear: ChildProcess | undefined;

  function begin(): void {
    let over = false;
    const end = (why: string): void => {
      if (over) return;
      over = true;
      lock?.stdin?.end();
      ear?.kill();
      [lock, ear] = [undefined, undefined];
      if (closed) return;
      if (failures === 0) deps.log.warn({ why }, 'shutdowns are noticed by SIGTERM only: logind is not to be had');
      deps.clock.timer(Math.min(LONGEST, FIRST * 2 ** failures), () => {
        if (!closed) begin();
      });
      failures += 1;
    };
    const listening = spawn('busctl', ['--system', '--json=short', MATCH, 'monitor'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    ear = listening;
    listening.on('error', (error) => end(error.message)).on('exit', (code) => end(`busctl ended with ${code}`));
    createInterface({ input: listening.stdout }).on('line', (line) => {
      const said = signal.safeParse(jsonOf(line));
      if (!said.success) return;
      const [goingDown] = said.data.payload.data;
      if (!goingDown && lock === undefined) hold(end);
      listener(goingDown);
    });
    hold(end);
  }

  function hold(end: (why: string) => void): void {
    const child = spawn('systemd-inhibit', LOCK, { stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.on('error', () => {
      // It has ended, which its exit tells.
    });
    lock = child;
    const gone = (why: string): void => {
      if (lock === child) end(why);
    };
    child.on('error', (error) => gone(error.message)).on('exit', (code) => gone(`systemd-inhibit ended with ${code}`));
  }

  begin();
  return {
    release() {
      const held = lock;
      lock = undefined;
      held?.stdin?.end();
    },
    close() {
      closed = true;
      lock?.stdin?.end();
      ear?.kill();
    },
  };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Not a message.
    return undefined;
  }
}
