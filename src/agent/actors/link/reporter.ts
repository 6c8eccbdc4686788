/**
 * Sends what became of pods until the master has answered. Of each pod only the newest report waits; while a batch is under
 * way others gather behind it.
 */

import type { Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import { backoff } from '../../../common/lib/backoff.ts';
import type { PodReport, ReportAnswer, UpMessage } from '../../../common/wire/agent-protocol.ts';

export type Reported = { readonly type: 'report'; readonly report: PodReport };
export type ReporterMessage =
  | Reported
  | { readonly type: 'answered'; readonly sent: readonly PodReport[]; readonly answer: ReportAnswer }
  | { readonly type: 'unanswered'; readonly error: unknown }
  /** The link is back, or a pause is over. */
  | { readonly type: 'retry' }
  /** From now on this one is told whether the master takes reports. */
  | { readonly type: 'listen'; readonly listener: MasterListener };
type MasterListener = { tell(message: { readonly type: 'master'; readonly answers: boolean }): boolean };

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
    /** Why the master refused a pod's last report, by uid: it is logged once. */
    const refused = new Map<string, string>();
    let listener: MasterListener | undefined;
    let sending = false;
    let failures = 0;

    function send(): void {
      if (sending || pending.size === 0) return;
      sending = true;
      const pods = [...pending.values()].slice(0, BATCH);
      self.pipe(
        () => deps.master.ask({ type: 'report', node: deps.node, pods }, LIMIT),
        (answer) => ({ type: 'answered', sent: pods, answer }),
        (error) => ({ type: 'unanswered', error }),
      );
    }

    function noteRefusal(
      { namespace, name, uid, gone }: PodReport,
      { results, refusals }: ReportAnswer,
      at: number,
    ): void {
      const reason = results[at] === 'refused' ? (refusals?.[uid] ?? 'the master gave no reason') : undefined;
      const known = refused.get(uid);
      if (reason !== undefined && reason !== known) {
        self.log.warn({ pod: `${namespace}/${name}`, uid, reason }, "the master refused a pod's status");
      }
      if (reason === undefined || gone) refused.delete(uid);
      else refused.set(uid, reason);
    }

    return {
      on: {
        report({ report }) {
          pending.set(report.uid, report);
          if (failures === 0) send();
        },
        answered({ sent, answer }) {
          sending = false;
          failures = 0;
          listener?.tell({ type: 'master', answers: true });
          sent.forEach((report, at) => {
            noteRefusal(report, answer, at);
          });
          for (const report of sent) if (pending.get(report.uid) === report) pending.delete(report.uid);
          send();
        },
        unanswered({ error }) {
          sending = false;
          const pause = backoff(failures, FIRST, LONGEST, deps.random());
          failures += 1;
          listener?.tell({ type: 'master', answers: false });
          if (failures === 1) self.log.warn({ error, waiting: pending.size }, 'the master did not take a report');
          self.after(pause, { type: 'retry' }, 'retry');
        },
        listen(message) {
          listener = message.listener;
        },
        retry() {
          self.cancel('retry');
          send();
        },
      },
    };
  };
}
