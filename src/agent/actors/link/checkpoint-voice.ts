/** What is said of the checkpoint: in the log, as a condition of the Node, and as its Events. Each change is said once. */

import type { Logger, Ref } from '../../../common/actor/types.ts';
import type { Finding } from '../../core/pod/conditions.ts';
import type { CheckpointError, Kept } from '../../ports/checkpoint.ts';
import type { NodeStatusMessage } from './node-status.ts';
import type { PodEventsMessage } from './pod-events.ts';

export type CheckpointVoiceDeps = {
  readonly nodeStatus: Pick<Ref<NodeStatusMessage>, 'tell'>;
  readonly events: Pick<Ref<PodEventsMessage>, 'tell'>;
};

const TYPE = 'CheckpointProblem';
const NONE: Finding = {
  type: TYPE,
  status: 'False',
  reason: 'Kept',
  message: 'what this node shall run is kept on its disk',
};

export function checkpointVoice({ nodeStatus, events }: CheckpointVoiceDeps, log: Logger) {
  let said: Finding | undefined;
  function say(finding: Finding): void {
    if (finding.message === said?.message) return;
    const first = said === undefined;
    said = finding;
    nodeStatus.tell({ type: 'condition', finding });
    const { status, reason = '', message = '' } = finding;
    if (status === 'True') {
      log.error({ reason }, message);
      events.tell({ type: 'node-event', kind: 'Warning', reason, message });
    } else if (!first) {
      log.info({}, message);
      events.tell({ type: 'node-event', kind: 'Normal', reason: 'CheckpointKept', message });
    }
  }
  return {
    loaded({ damage }: Kept): void {
      if (damage.length === 0) say(NONE);
      else say(problem('CheckpointDamaged', `the checkpoint is damaged: ${damage.join('; ')}`));
    },
    /** What came of writing it. */
    kept: () => say(NONE),
    unkept({ code, message }: CheckpointError): void {
      const reason = code === 'no-space' ? 'DiskFull' : 'CheckpointNotWritten';
      say(
        problem(
          reason,
          `what this node shall run can not be kept on its disk (${message}): a reboot goes back to what was kept last`,
        ),
      );
    },
  };
}

const problem = (reason: string, message: string): Finding => ({
  type: TYPE,
  status: 'True',
  reason,
  message: message.slice(0, 1000),
});
