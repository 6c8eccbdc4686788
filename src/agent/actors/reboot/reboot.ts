/**
 * Says once a boot why the device started anew, and notes what the next boot will need to know: that it runs, what is wrong with
 * it, and that it goes down in order. Written only when one of these changes: at a boot, and when a condition comes or goes.
 */

import type { Behavior, Ref } from '../../../common/actor/types.ts';
import { deepEqual } from '../../../common/lib/deep.ts';
import { toTimestamp } from '../../../common/lib/time.ts';
import type { Node, NodeDevice } from '../../../common/model/node.ts';
import { classify, signsOf } from '../../core/reboot/classify.ts';
import type { BootTracesReader } from '../../ports/boot-traces.ts';
import type { Uptime } from '../../ports/event-journal.ts';
import { type KeptFile, KeptFileError } from '../../ports/manifests.ts';
import type { NodeStatusMessage } from '../link/node-status.ts';
import type { PodEventsMessage } from '../link/pod-events.ts';
import { type BootMark, loadBootMark, saveBootMark } from './boot-mark.ts';

export type RebootParts = { readonly traces: BootTracesReader; readonly mark: KeptFile };
type RebootMessage =
  | { readonly type: 'node'; readonly object: Node }
  | { readonly type: 'saved'; readonly mark: BootMark }
  | { readonly type: 'unsaved'; readonly error: unknown };

/** Before this version was made no clock is right: 2025. */
const PLAUSIBLE = 1_735_689_600_000;

export function reboot(
  deps: RebootParts & {
    readonly node: string;
    readonly uptime: Uptime;
    readonly nodeStatus: Pick<Ref<NodeStatusMessage>, 'tell'>;
    readonly events: Pick<Ref<PodEventsMessage>, 'tell'>;
  },
): Behavior<RebootMessage> {
  return async (self) => {
    const { node, nodeStatus, events } = deps;
    const { mark: before, problem } = await loadBootMark(deps.mark);
    if (problem !== undefined) self.log.warn({ problem }, 'why the device started anew is not known');
    const traces = await deps.traces.read();
    let mark: BootMark = before?.boot === traces.bootId ? { ...before, orderly: false, stopped: false } : begin();
    let saved = before;
    let saving = false;
    let failing = false;

    /** A first boot has none before it. */
    function begin(): BootMark {
      const { bootId: boot, names, powerEvents } = traces;
      const next = { boot, orderly: false, stopped: false, signs: [], dumps: [...names], powerEvents };
      if (before === undefined) return next;
      const cause = classify(before, traces);
      const message = `Node ${node} has been rebooted, boot id: ${traces.bootId}: ${cause.message}`;
      self.log.info(cause, 'the device started anew');
      events.tell({ type: 'node-event', kind: 'Warning', reason: 'Rebooted', message: `${message} (${cause.reason})` });
      const started = self.clock.wall() - deps.uptime.sinceBoot();
      const time = started < PLAUSIBLE ? {} : { time: toTimestamp(started) };
      return { ...next, lastReboot: { ...cause, bootID: traces.bootId, ...time } };
    }

    function save(): void {
      if (saving || deepEqual(mark, saved)) return;
      saving = true;
      const content = mark;
      self.pipe(
        () => saveBootMark(deps.mark, content),
        () => ({ type: 'saved', mark: content }),
        (error) => ({ type: 'unsaved', error }),
      );
    }

    const device: Partial<NodeDevice> = mark.lastReboot === undefined ? {} : { lastReboot: mark.lastReboot };
    if (mark.lastReboot !== undefined) nodeStatus.tell({ type: 'device', device });
    nodeStatus.tell({ type: 'listen', listener: self.ref });
    save();
    return {
      on: {
        node({ object }) {
          const signs = signsOf(object.status?.conditions ?? []);
          if (deepEqual(signs, mark.signs)) return;
          mark = { ...mark, signs: [...signs] };
          save();
        },
        saved(done) {
          [saving, failing, saved] = [false, false, done.mark];
          save();
        },
        unsaved({ error }) {
          if (!(error instanceof KeptFileError)) throw error;
          saving = false;
          if (!failing) self.log.warn({ error: error.message }, 'the next boot will not know how this one ended');
          failing = true;
        },
      },
    };
  };
}
