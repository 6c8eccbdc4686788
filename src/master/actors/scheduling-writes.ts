/** What the scheduler writes beside bindings: why a pod waits, and the end of pods that make room for it. */

import type { Context, Message, Ref } from '../../common/actor/types.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import type { Pod } from '../../common/model/pod.ts';
import { condition, withCondition } from '../core/conditions.ts';
import { keyOf } from '../core/owners.ts';
import type { Preemption } from '../core/scheduling/preemption.ts';
import type { Answer, Objects } from '../ports.ts';
import type { RecorderMessage } from './event-recorder.ts';
import type { Intake } from './intake.ts';
import { refusalOf } from './perform.ts';

/** Who speaks where no profile does. */
const master = 'default-scheduler';

type Deps = { readonly objects: Objects; readonly recorder: Ref<RecorderMessage> };
/** Thousands of pods may have to wait at once: their reasons are stored for some at a time, so that others' writes pass. */
type Sayings = { readonly intake: Intake };
type Self = Pick<Context<Message>, 'clock' | 'log'>;

/** An event about a pod; `component`: the name of the scheduler that speaks. */
export function event(
  about: Pod,
  severity: 'Normal' | 'Warning',
  reason: string,
  message: string,
  component = about.spec.schedulerName,
): RecorderMessage {
  return { type: 'note', about, severity, reason, message, component };
}

/** Why a pod is not placed, and the node where room is made for it. */
type Refusal = {
  readonly reason: string;
  readonly message: string;
  readonly nominated?: string | undefined;
  readonly component?: string;
};

/** No node can take it. */
export function unschedulable(message: string, nominated: string | undefined): Refusal {
  return { reason: 'Unschedulable', message, nominated };
}

/** Nobody places it. */
export function noScheduler(name: string, known: readonly string[]): Refusal {
  const message = `no scheduler is named ${JSON.stringify(name)}: known are ${known.join(', ')}; schedulers of your own are named in the master's setting externalSchedulers`;
  return { reason: 'SchedulerNotFound', message, component: master };
}

/** Says why a pod is not placed, once for each new reason. */
export function refuse(self: Self, { objects, recorder, intake }: Deps & Sayings, pod: Pod, refusal: Refusal): void {
  const { reason, message, nominated, component } = refusal;
  const old = condition(pod.status?.conditions, 'PodScheduled');
  const said = old?.status === 'False' && old.message === message;
  if (said && (nominated === undefined || nominated === pod.status?.nominatedNodeName)) return;
  if (!said) recorder.tell(event(pod, 'Warning', 'FailedScheduling', message, component));
  const next = { type: 'PodScheduled', status: 'False' as const, reason, message };
  const change = (stored: KubeObject): unknown => {
    const { status, spec } = stored as Pod;
    if (spec.nodeName !== undefined) return undefined;
    const conditions = [...withCondition(status?.conditions, next, self.clock.wall())];
    return {
      phase: 'Pending',
      ...status,
      conditions,
      ...(nominated === undefined ? {} : { nominatedNodeName: nominated }),
    };
  };
  const writing = intake.take(() => objects.changeStatus(keyOf('pods', pod.metadata), pod.metadata.uid, change));
  told(self, writing, 'the reason for a pending pod could not be stored');
}

/** Ends the victims, each in its own time; those that have no node yet only lose what was kept for them. */
export function evict(self: Self, { objects, recorder }: Deps, { node, victims }: Preemption, pod: Pod): void {
  const message = `${pod.spec.schedulerName}: preempting to accommodate a higher priority pod`;
  const next = { type: 'DisruptionTarget', status: 'True' as const, reason: 'PreemptionByScheduler', message };
  for (const { pod: victim, uid, terminating } of victims) {
    if (terminating) continue;
    const key = keyOf('pods', victim.metadata);
    const why = `Preempted by pod ${pod.metadata.uid} on node ${node}`;
    recorder.tell(event(victim, 'Normal', 'Preempted', why, pod.spec.schedulerName));
    const marked = objects.changeStatus(key, uid, (stored) => {
      const { status } = stored as Pod;
      return { ...status, conditions: [...withCondition(status?.conditions, next, self.clock.wall())] };
    });
    const ended = marked.then(() => objects.delete(key, { preconditions: { uid } }));
    told(self, ended, 'a pod that is to make room could not be deleted');
  }
}

function told(self: Self, writing: Promise<Answer<unknown>>, failure: string): void {
  writing.then(
    (answer) => {
      if (!answer.ok) self.log.debug({ why: refusalOf(answer.status).message }, 'a pod has changed meanwhile');
    },
    (error: unknown) => self.log.warn({ error: String(error) }, failure),
  );
}
