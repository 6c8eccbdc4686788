/**
 * Keeps one pod as it is wanted: looks, takes the first of the next steps, looks again. What it did itself it knows; for the
 * rest it has the listings. After a step that failed it acts only on a listing that began later, so that what it can not
 * know it never repeats.
 */

import type { Behavior, Millis, Ref } from '../../common/actor/types.ts';
import { deepEqual } from '../../common/lib/deep.ts';
import type { PodStatus } from '../../common/model/pod-status.ts';
import { type InputObjects, inputsOf } from '../core/inputs.ts';
import type { NodeFacts } from '../core/node-facts.ts';
import { nothingObserved, type ObservedPod } from '../core/observed-pod.ts';
import { nextSteps } from '../core/pod-lifecycle.ts';
import { newMemory, withFailure } from '../core/pod-memory.ts';
import { gracePeriod } from '../core/pod-removal.ts';
import { recordExits } from '../core/restart.ts';
import type { PodName } from '../core/runtime-model.ts';
import { podStatus } from '../core/status.ts';
import type { Action } from '../core/steps.ts';
import type { WantedPod } from '../core/wanted-pod.ts';
import { type Cri, CriError, type Host, type PodFiles } from '../ports.ts';
import { execute } from './execute.ts';
import type { ImagesMessage } from './images.ts';
import { inspect, isNews, type PodListing } from './inspect.ts';
import type { PodEventsMessage } from './pod-events.ts';
import type { ReporterMessage } from './reporter.ts';
import type { StepResult } from './step-executors.ts';

export type PodWorkerMessage =
  /** What is wanted now; `wanted` is undefined when nothing of the pod shall be left. */
  | { readonly type: 'want'; readonly wanted: WantedPod | undefined; readonly objects: InputObjects }
  /** What a listing that began at `at` has of the pod. `sole` when nobody but this worker can have changed it. */
  | ({ readonly type: 'listing'; readonly at: Millis; readonly sole: boolean } & PodListing)
  | { readonly type: 'observed'; readonly token: number; readonly observed: ObservedPod }
  | { readonly type: 'unobserved'; readonly token: number; readonly error: unknown }
  | { readonly type: 'stepped'; readonly token: number; readonly step: Action; readonly result: StepResult }
  | { readonly type: 'broken'; readonly token: number; readonly error: unknown }
  | { readonly type: 'wake' };

/** What workers tell the one who has them. */
export type PodWorkerReport =
  | { readonly type: 'worker-started'; readonly uid: string }
  /** A step failed, or a listing was missed: the runtime should be listed now. */
  | { readonly type: 'worker-unsure' }
  /** Nothing of the pod is left. */
  | { readonly type: 'worker-finished'; readonly uid: string };

export type PodWorkerDeps = {
  readonly cri: Cri;
  readonly files: PodFiles;
  readonly host: Host;
  readonly node: NodeFacts;
  readonly images: Ref<ImagesMessage>;
  readonly events: Ref<PodEventsMessage>;
  readonly reporter: Ref<ReporterMessage>;
  readonly owner: Pick<Ref<PodWorkerReport>, 'tell'>;
};

export function podWorker(name: PodName, deps: PodWorkerDeps): Behavior<PodWorkerMessage> {
  return (self) => {
    const { clock } = self;
    let wanted: WantedPod | undefined;
    let objects: InputObjects = { configMaps: new Map(), secrets: new Map() };
    let known = false;
    let observed: ObservedPod = nothingObserved;
    let memory = newMemory(clock.now());
    let last: PodStatus | undefined;
    /** Whether `observed` can be acted on; if not, only a listing that began after `unsureSince` makes it so. */
    let sure = false;
    let unsureSince = clock.now() - 1;
    /** A listing came at a bad moment: it may have said something new. */
    let missed = false;
    let token = 0;
    let busy: Action | 'inspect' | undefined;

    function decide(): void {
      if (!known || !sure || busy !== undefined) return;
      publish();
      const [step] = nextSteps(wanted, observed, memory, clock.now());
      if (missed && (step === undefined || step.do === 'wait')) {
        missed = false;
        deps.owner.tell({ type: 'worker-unsure' });
      }
      if (step === undefined) self.cancel('wake');
      else if (step.do === 'wait') self.after(Math.max(1, step.until - clock.now()), { type: 'wake' }, 'wake');
      else perform(step);
    }

    function perform(step: Action): void {
      busy = step;
      token += 1;
      const mine = token;
      const work = {
        ...deps,
        name,
        pod: wanted?.pod,
        inputs: inputsOf(objects),
        observed,
        memory,
        now: () => clock.now(),
      };
      self.pipe(
        () => execute(step, { ...work, event: (...said) => tellEvent(...said) }),
        (result) => ({ type: 'stepped', token: mine, step, result }),
        (error) => ({ type: 'broken', token: mine, error }),
      );
    }

    function tellEvent(
      kind: 'Normal' | 'Warning',
      reason: string,
      message: string,
      container?: { name: string },
    ): void {
      const init = wanted?.pod.spec.initContainers?.some((one) => one.name === container?.name) ?? false;
      const about = container === undefined ? {} : { container: { name: container.name, init } };
      deps.events.tell({ type: 'event', kind, pod: name, reason, message, ...about });
    }

    function doubt(): void {
      sure = false;
      unsureSince = clock.now();
      deps.owner.tell({ type: 'worker-unsure' });
    }

    function settle(step: Action, result: StepResult): void {
      if (result.ok) {
        observed = result.observed;
        memory = recordExits(result.memory, observed);
        if (step.do === 'remove-files') {
          finish();
          return;
        }
      } else if (result.unavailable) {
        doubt();
      } else {
        const { slot, reason, message, delay } = result;
        memory = withFailure(memory, slot, { reason, message, inputs: wanted?.inputs ?? '' }, clock.now(), delay);
        publish();
        if (step.do !== 'pull-image' && step.do !== 'prepare-volumes') doubt();
      }
      decide();
    }

    /** An unchanged status is told to nobody; nor is one of a pod whose end is known already. */
    function publish(): void {
      const pod = wanted?.pod;
      if (pod === undefined || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return;
      const before = last ?? pod.status;
      const status = podStatus({ pod, observed, memory, nodeIps: deps.node.ips, before, now: clock.now() });
      if (deepEqual(status, last)) return;
      last = status;
      deps.reporter.tell({ type: 'report', report: { ...name, status } });
    }

    function finish(): void {
      known = false;
      const status = last ?? wanted?.pod.status ?? {};
      if (wanted !== undefined) deps.reporter.tell({ type: 'report', report: { ...name, status, gone: true } });
      deps.owner.tell({ type: 'worker-finished', uid: name.uid });
    }

    deps.owner.tell({ type: 'worker-started', uid: name.uid });
    return {
      on: {
        want(message) {
          wanted = message.wanted;
          objects = message.objects;
          known = true;
          if (busy !== undefined && busy !== 'inspect' && isOvertaken(busy, wanted, observed)) busy = undefined;
          decide();
        },
        listing({ at, sole, ...listing }) {
          if (busy !== undefined || (!sole && at <= unsureSince)) {
            missed = true;
            return;
          }
          if (!isNews(listing, observed)) {
            if (!sure) {
              sure = true;
              decide();
            }
            return;
          }
          busy = 'inspect';
          token += 1;
          const mine = token;
          self.pipe(
            () => inspect(deps, name, listing, observed),
            (found) => ({ type: 'observed', token: mine, observed: found }),
            (error) => ({ type: 'unobserved', token: mine, error }),
          );
        },
        observed(message) {
          if (message.token !== token) return;
          busy = undefined;
          observed = message.observed;
          memory = recordExits(memory, observed);
          sure = true;
          decide();
        },
        unobserved({ token: theirs, error }) {
          if (theirs !== token) return;
          if (!(error instanceof CriError)) throw error;
          busy = undefined;
          doubt();
        },
        stepped(message) {
          if (message.token !== token || busy === undefined) return;
          busy = undefined;
          // A listing that began before the step ended does not know what the step did.
          unsureSince = clock.now();
          settle(message.step, message.result);
        },
        broken({ token: theirs, error }) {
          if (theirs === token) throw error;
          self.log.warn({ error }, 'a step that was given up failed');
        },
        wake: decide,
      },
    };
  };
}

/** Whether a step under way need not be waited for: a pull for a pod that ends, a stop that shall be quicker now. */
function isOvertaken(step: Action, wanted: WantedPod | undefined, observed: ObservedPod): boolean {
  const ending = wanted === undefined || wanted.pod.metadata.deletionTimestamp !== undefined;
  if (!ending) return false;
  if (step.do === 'stop-containers') return gracePeriod(wanted?.pod, observed) < step.graceSeconds;
  return step.do === 'pull-image';
}
