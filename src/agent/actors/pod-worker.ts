/**
 * Keeps one pod as it is wanted: looks, takes the first of the next steps, looks again. What it did itself it knows; for the
 * rest it has the listings. After a step that failed it acts only on a listing that began later, so that what it can not
 * know it never repeats.
 */

import type { Behavior } from '../../common/actor/types.ts';
import { settlesAt } from '../core/container-status.ts';
import { type InputObjects, inputsOf } from '../core/inputs.ts';
import { nothingObserved, type ObservedPod } from '../core/observed-pod.ts';
import { isOvertaken } from '../core/overtaken.ts';
import { nextSteps } from '../core/pod-lifecycle.ts';
import { containerInputs, newMemory, withFailure } from '../core/pod-memory.ts';
import { recordExits } from '../core/restart.ts';
import type { PodName } from '../core/runtime-model.ts';
import type { Action } from '../core/steps.ts';
import type { WantedPod } from '../core/wanted-pod.ts';
import { CriError } from '../ports/cri.ts';
import { execute } from './execute.ts';
import { inspect, isNews } from './inspect.ts';
import { podVoice } from './pod-voice.ts';
import type { PodWorkerDeps, PodWorkerMessage } from './pod-worker-messages.ts';
import type { StepResult, Work } from './step-work.ts';

export function podWorker(name: PodName, deps: PodWorkerDeps): Behavior<PodWorkerMessage> {
  return (self) => {
    const { clock } = self;
    const said = podVoice(name, deps);
    let wanted: WantedPod | undefined;
    let objects: InputObjects = { configMaps: new Map(), secrets: new Map() };
    let known = false;
    let observed: ObservedPod = nothingObserved;
    let memory = newMemory(clock.now());
    /** Whether `observed` can be acted on; if not, only a listing that began after `unsureSince` makes it so. */
    let sure = false;
    let unsureSince = clock.now() - 1;
    /** A listing came at a bad moment: it may have said something new. */
    let missed = false;
    let token = 0;
    let busy: Action | 'inspect' | undefined;
    /** What was wanted when the last step began. */
    let acted: WantedPod | undefined;

    function decide(): void {
      if (!known || !sure || busy !== undefined) return;
      said.status(wanted?.pod, observed, memory, clock.now());
      const [step] = nextSteps(wanted, observed, memory, clock.now());
      if (missed && (step === undefined || step.do === 'wait')) {
        missed = false;
        deps.owner.tell({ type: 'worker-unsure' });
      }
      const settled = settlesAt(observed, clock.now());
      if (settled !== undefined) self.after(settled - clock.now(), { type: 'settled' }, 'settled');
      if (step === undefined) self.cancel('wake');
      else if (step.do === 'wait') self.after(Math.max(1, step.until - clock.now()), { type: 'wake' }, 'wake');
      else perform(step);
    }

    function perform(step: Action): void {
      busy = step;
      acted = wanted;
      token += 1;
      const mine = token;
      const pod = wanted?.pod;
      const event: Work['event'] = (...words) => said.event(pod, ...words);
      const work: Work = { ...deps, name, pod, inputs: inputsOf(objects), observed, memory, event };
      self.pipe(
        () => execute(step, work),
        (result) => ({ type: 'stepped', token: mine, step, result }),
        (error) => ({ type: 'broken', token: mine, error }),
      );
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
        memory = withFailure(memory, slot, { reason, message, inputs: inputsFor(step, acted) }, clock.now(), delay);
        said.status(wanted?.pod, observed, memory, clock.now());
        if (step.do !== 'pull-image' && step.do !== 'prepare-volumes') doubt();
      }
      decide();
    }

    function finish(): void {
      known = false;
      if (wanted !== undefined) said.gone(wanted.pod);
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
          // The clock was put back: which came first can not be told, so what is listed from now on counts.
          unsureSince = Math.min(unsureSince, clock.now());
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
        health({ container, health }) {
          memory = { ...memory, health: { ...memory.health, [container]: health } };
          decide();
        },
        wake: decide,
        // What has ended meanwhile must not be called ready.
        settled: doubt,
      },
    };
  };
}

/** What a failure of the step depends on. */
function inputsFor(step: Action, wanted: WantedPod | undefined): string {
  if (wanted === undefined || !('container' in step)) return wanted?.inputs ?? '';
  const { containers, initContainers = [] } = wanted.pod.spec;
  const image = [...containers, ...initContainers].find(({ name }) => name === step.container)?.image ?? '';
  return containerInputs(wanted.inputs, image);
}
