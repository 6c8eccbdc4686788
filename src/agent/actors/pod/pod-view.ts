/**
 * What a worker knows of its pod, and whether it can act on that: after a step that failed only on a listing that began later,
 * so that what it can not know it never repeats.
 */

import type { Clock, Millis } from '../../../common/actor/types.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { PodStatus } from '../../../common/model/pod-status.ts';
import type { ContainerHealth } from '../../core/pod/container-health.ts';
import { isLive, nothingObserved, type ObservedPod, type PodState } from '../../core/pod/observed-pod.ts';
import { outcomeOf } from '../../core/pod/outcome.ts';
import { type Eviction, newMemory, withFailure } from '../../core/pod/pod-memory.ts';
import { recordRuns } from '../../core/pod/runs.ts';
import { type Action, touchesRuntime } from '../../core/pod/steps.ts';
import { begun } from '../../core/pod/stopping.ts';
import { type Kept, takenOver } from '../../core/pod/taking-over.ts';
import { shutdownOutcome } from '../../core/shutdown/shutdown-plan.ts';
import type { Refused } from './step-work.ts';

type Change = (state: PodState) => PodState;

export function podView(clock: Clock) {
  let state: PodState = { observed: nothingObserved, memory: newMemory(clock.now()) };
  let sure = false;
  let unsureSince: Millis = clock.now() - 1;
  /** What steps have changed since the look that is under way began. */
  let late: Change[] | undefined;

  function note({ observed, memory }: PodState, before: PodStatus | undefined): void {
    state = { observed, memory: recordRuns(memory, observed, { now: clock.now(), wall: clock.wall(), before }) };
  }

  return {
    get state() {
      return state;
    },
    get sure() {
      return sure;
    },
    /** Whether a listing that began at `at` is younger than every doubt. */
    believes(at: Millis): boolean {
      return at > unsureSince;
    },
    confirm(): void {
      sure = true;
    },
    doubt(): void {
      sure = false;
      late = undefined;
      unsureSince = clock.now();
    },
    takeOver(pod: Pod | undefined, kept: Kept): void {
      state = { ...state, memory: takenOver(state.memory, pod, kept, clock) };
    },
    begin(step: Action): void {
      state = { ...state, memory: begun(state.memory, step) };
    },
    /** A listing that began before the step ended does not know what the step did. */
    end(step: Action): void {
      if (touchesRuntime(step)) unsureSince = clock.now();
    },
    apply(change: Change, before: PodStatus | undefined): void {
      late?.push(change);
      note(change(state), before);
    },
    fail({ slot, reason, message, delay }: Refused, inputs: string): void {
      const memory = withFailure(state.memory, slot, { reason, message, inputs }, clock.now(), delay);
      state = { ...state, memory };
    },
    hear(container: string, health: ContainerHealth): void {
      const { memory } = state;
      state = { ...state, memory: { ...memory, health: { ...memory.health, [container]: health } } };
    },
    /** The pod is told to end; an end that is known already stays as it is, and a grace period is only made shorter. */
    evict(pod: Pod | undefined, { outcome, graceSeconds, ...rest }: Eviction): void {
      const { memory } = state;
      const known = pod === undefined ? undefined : outcomeOf(pod, state, clock.now());
      const least = Math.min(graceSeconds ?? Infinity, memory.evicted?.graceSeconds ?? Infinity);
      const evicted = { ...rest, outcome: known ?? outcome, ...(least === Infinity ? {} : { graceSeconds: least }) };
      state = { ...state, memory: { ...memory, evicted } };
    },
    /**
     * The device goes down. What runs for ever, or until it succeeds, runs again after the boot; what shall run once only has
     * failed, as Kubernetes has it.
     */
    halt(pod: Pod | undefined, graceSeconds: number): void {
      const once = pod?.spec.restartPolicy === 'Never';
      const outcome = pod === undefined ? undefined : outcomeOf(pod, state, clock.now());
      if (once && outcome === undefined)
        this.evict(pod, { outcome: { phase: 'Failed', ...shutdownOutcome }, graceSeconds });
      else {
        const cut = state.observed.containers.filter(isLive).map(({ id }) => id);
        state = { ...state, memory: { ...state.memory, halted: { outcome, graceSeconds, cut } } };
      }
    },
    goOn(): void {
      const { halted: _, ...memory } = state.memory;
      state = { ...state, memory };
    },
    /** What a look has found, with what steps have changed since it began. */
    see(observed: ObservedPod, before: PodStatus | undefined): void {
      const found: PodState = { observed, memory: state.memory };
      const now = (late ?? []).reduce((before, change) => change(before), found);
      late = undefined;
      note({ observed: now.observed, memory: state.memory }, before);
      sure = true;
    },
    /** A look begins. */
    look(): ObservedPod {
      late = [];
      return state.observed;
    },
  };
}
