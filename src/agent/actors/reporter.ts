/**
 * Sends what became of pods until the master has answered. Of each pod only the newest report waits; while a batch is under
 * way others gather behind it.
 */

import type { Behavior, Millis, Ref } from '../../common/actor/types.ts';
import { backoff } from '../../common/lib/backoff.ts';
import type { PodReport, UpMessage } from '../../common/wire/agent-protocol.ts';

export type ReporterMessage =
  | { readonly type: 'report'; readonly report: PodReport }
  | { readonly type: 'answered'; readonly sent: readonly PodReport[] }
  | { readonly type: 'unanswered'; readonly error: unknown }
  /** The link is back, or a pause is over. */
  | { readonly type: 'retry' };

const BATCH = 50;
const LIMIT: Millis = 5000;
const FIRST: Millis = 500;
const LONGEST: Millis = 10_000;

export function reporter(deps: {
  readonly node: string;
  readonly master: Ref<UpMessage>;
  random(): number;
}): Behavior<ReporterMessage> {
  return (self) => {
    const pending = new Map<string, PodReport>();
    let sending = false;
    let failures = 0;

    function send(): void {
      if (sending || pending.size === 0) return;
      sending = true;
      const pods = [...pending.values()].slice(0, BATCH);
      self.pipe(
        () => deps.master.ask({ type: 'report', node: deps.node, pods }, LIMIT),
        () => ({ type: 'answered', sent: pods }),
        (error) => ({ type: 'unanswered', error }),
      );
    }

    return {
      on: {
        report({ report }) {
          pending.set(report.uid, report);
          if (failures === 0) send();
        },
        answered({ sent }) {
          sending = false;
          failures = 0;
          for (const report of sent) if (pending.get(report.uid) === report) pending.delete(report.uid);
          send();
        },
        unanswered({ error }) {
          sending = false;
          const pause = backoff(failures, FIRST, LONGEST, deps.random());
          failures += 1;
          if (failures === 1) self.log.warn({ error, waiting: pending.size }, 'the master did not take a report');
          self.after(pause, { type: 'retry' }, 'retry');
        },
        retry() {
          self.cancel('retry');
          send();
        },
      },
    };
  };
}
