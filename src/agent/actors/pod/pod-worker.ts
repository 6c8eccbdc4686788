/**
 * Keeps one pod as it is wanted: looks, takes the first of the next steps, looks again. What it did itself it knows; for the
 * rest it has the listings. What may take long (pulls, hooks, stops) goes on beside the rest.
 */

import type { Behavior } from '../../../common/actor/types.ts';
import type { Rejection } from '../../core/admission/room.ts';
import { type InputObjects, inputsOf } from '../../core/config/inputs.ts';
import type { NodeFacts } from '../../core/node/node-facts.ts';
import { isLive } from '../../core/pod/observed-pod.ts';
import { hasEnded } from '../../core/pod/outcome.ts';
import { nextSteps } from '../../core/pod/pod-lifecycle.ts';
import { settlesAt } from '../../core/pod/readiness.ts';
import { type Action, besides, touchesRuntime } from '../../core/pod/steps.ts';
import { failureInputs, withLastWish } from '../../core/pod/taking-over.ts';
import type { WantedPod } from '../../core/pod/wanted-pod.ts';
import type { PodName } from '../../core/runtime-model.ts';
import { CriError } from '../../ports/cri.ts';
import { execute } from './execute.ts';
import { inspect, isNews } from './inspect.ts';
import { openKeptStatus } from './kept-status.ts';
import { podView } from './pod-view.ts';
import { podVoice } from './pod-voice.ts';
import { podWatch } from './pod-watch.ts';
import type { PodWorkerDeps, PodWorkerMessage } from './pod-worker-messages.ts';
import type { StepResult, Work } from './step-work.ts';

/** The status is kept for the next agent when it has been the same for so long. */
const KEEP_AFTER = 1000;

export function podWorker(name: PodName, deps: PodWorkerDeps): Behavior<PodWorkerMessage> {
  return async (self) => {
    const { clock, signal } = self;
    const kept = await openKeptStatus(name, deps, self.log);
    const said = podVoice(name, deps, clock, kept.last);
    const watch = podWatch(name, deps, self.ref);
    const view = podView(clock);
    let wanted: WantedPod | undefined;
    let objects: InputObjects = { configMaps: new Map(), secrets: new Map() };
    /** Undefined until it is known what is wanted. */
    let node: NodeFacts | undefined;
    let rejection: Rejection | undefined;
    /** A listing came at a bad moment: it may have said something new. */
    let missed = false;
    /** What was told of the pod's eviction. */
    let evicted: 'ended' | 'freed' | undefined;
    /** The pod's end was told. */
    let over = false;
    /** Somebody waits until nothing of the pod runs. */
    let halting = false;
    let busy: Action | 'inspect' | undefined;
    /** Steps that are under way beside the others. */
    const beside = new Set<string>();

    function decide(): void {
      if (node === undefined || !view.sure || busy === 'inspect') return;
      sayStatus(node);
      watch.tell(wanted?.pod, view.state, node);
      self.cancel('wake');
      for (const step of nextSteps(wanted, view.state, clock.now())) {
        if (step.do === 'wait') self.after(Math.max(1, step.until - clock.now()), { type: 'wake' }, 'wake');
        else begin(step, node);
      }
      if (missed && busy === undefined) {
        missed = false;
        deps.owner.tell({ type: 'worker-unsure' });
      }
      sayEvicted();
      sayHalted();
      sayOver();
      const settled = settlesAt(view.state.observed, view.state.memory, clock.now());
      if (settled !== undefined) self.after(settled - clock.now(), { type: 'settled' }, 'settled');
    }

    function sayStatus(on: NodeFacts): void {
      if (said.status(wanted?.pod, view.state, on)) self.after(KEEP_AFTER, { type: 'keep' }, 'keep');
    }

    /** A start that is under way may still bring a container. */
    function sayEvicted(): void {
      const { observed, memory } = view.state;
      if (memory.evicted === undefined || busy !== undefined || observed.containers.some(isLive)) return;
      const freed = memory.volumesRemoved === true || (wanted?.pod.spec.volumes ?? []).length === 0;
      const end = freed ? 'freed' : 'ended';
      if (evicted === end) return;
      evicted = end;
      deps.owner.tell({ type: 'worker-evicted', uid: name.uid, freed });
    }

    function sayHalted(): void {
      if (!halting || busy !== undefined || view.state.observed.containers.some(isLive)) return;
      halting = false;
      deps.owner.tell({ type: 'worker-halted', uid: name.uid });
    }

    function sayOver(): void {
      if (over || wanted === undefined || busy !== undefined || view.state.observed.containers.some(isLive)) return;
      if (!hasEnded(said.before(wanted.pod))) return;
      over = true;
      deps.owner.tell({ type: 'worker-over', uid: name.uid });
    }

    function begin(step: Action, on: NodeFacts): void {
      const key = besides(step);
      if (key === undefined ? busy !== undefined : beside.has(key)) return;
      if (key === undefined) busy = step;
      else beside.add(key);
      const acted = wanted;
      const event: Work['event'] = (...words) => said.event(acted?.pod, ...words);
      const known = { name, node: on, rejection, pod: acted?.pod, inputs: inputsOf(objects), state: view.state };
      const work: Work = { ...deps, ...known, clock, signal, event };
      view.begin(step);
      self.pipe(
        async () => {
          if (step.do === 'remove-files') await kept.idle();
          return await execute(step, work);
        },
        (result) => ({ type: 'stepped', step, acted, result }),
        (error) => ({ type: 'broken', error }),
      );
    }

    function doubt(): void {
      view.doubt();
      deps.owner.tell({ type: 'worker-unsure' });
    }

    function settle(step: Action, acted: WantedPod | undefined, result: StepResult): void {
      if (result.ok) {
        view.apply(result.change, wanted && said.before(wanted.pod));
      } else if (result.unavailable) {
        doubt();
      } else {
        view.fail(result, failureInputs(step, acted));
        if (node !== undefined) sayStatus(node);
        if (touchesRuntime(step)) doubt();
      }
      if (result.ok && step.do === 'remove-files') finish();
      else decide();
    }

    function finish(): void {
      node = undefined;
      watch.forget();
      if (wanted !== undefined) said.gone(wanted.pod);
      deps.owner.tell({ type: 'worker-finished', uid: name.uid });
    }

    deps.owner.tell({ type: 'worker-started', uid: name.uid, evicted: kept.evicted !== undefined });
    return {
      on: {
        want(message) {
          wanted = withLastWish(message.wanted, wanted);
          objects = message.objects;
          if (node === undefined) view.takeOver(wanted?.pod, kept);
          ({ node, rejection } = message);
          decide();
        },
        listing({ at, sole, ...listing }) {
          if (busy !== undefined || !(sole || view.believes(at))) {
            missed = true;
          } else if (isNews(listing, view.state.observed)) {
            busy = 'inspect';
            const observed = view.look();
            self.pipe(
              () => inspect(deps, name, listing, observed),
              (seen) => ({ type: 'observed', observed: seen }),
              (error) => ({ type: 'unobserved', error }),
            );
          } else if (!view.sure) {
            view.confirm();
            decide();
          }
        },
        observed({ observed }) {
          busy = undefined;
          view.see(observed, wanted && said.before(wanted.pod));
          decide();
        },
        unobserved({ error }) {
          if (!(error instanceof CriError)) throw error;
          busy = undefined;
          doubt();
        },
        stepped({ step, acted, result }) {
          const key = besides(step);
          if (key === undefined) busy = undefined;
          else beside.delete(key);
          view.end(step);
          settle(step, acted, result);
        },
        broken({ error }) {
          throw error;
        },
        health({ container, health }) {
          view.hear(container, health);
          decide();
        },
        halt({ graceSeconds }) {
          halting = true;
          view.halt(wanted?.pod, graceSeconds);
          decide();
          self.after(0, { type: 'keep' }, 'keep');
        },
        'go-on'() {
          halting = false;
          view.goOn();
          decide();
        },
        evict({ eviction }) {
          evicted = undefined;
          view.evict(wanted?.pod, eviction);
          decide();
          self.after(0, { type: 'keep' }, 'keep');
        },
        keep() {
          if (wanted !== undefined && wanted.pod.metadata.deletionTimestamp === undefined) {
            const { takenAt, evicted } = view.state.memory;
            said.keep(kept, clock.now() - takenAt, evicted);
          }
        },
        wake: decide,
        // What has ended meanwhile must not be called ready.
        settled: doubt,
      },
    };
  };
}
