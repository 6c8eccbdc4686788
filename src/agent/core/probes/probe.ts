/** One probe of one attempt at a container: when it is due, and what its results come to. Pure, in steady time. */

import type { Millis } from '../../../common/lib/time.ts';
import type { Probe } from '../../../common/model/probe.ts';

export type ProbeKind = 'startup' | 'readiness' | 'liveness';
/** `unknown`: the probe could not be run, which says nothing of the container and counts for nothing. */
export type ProbeResult = 'success' | 'failure' | 'unknown';
export type ProbeState = {
  /** When it is to run next. */
  readonly dueAt: Millis;
  /** What the results have come to; undefined until a threshold is reached. */
  readonly verdict: boolean | undefined;
  /** The last result that counted, and how many like it there were in a row. */
  readonly last: boolean | undefined;
  readonly inARow: number;
};

/** A probe of a container that started at `startedAt`. */
export function newProbe(probe: Probe, startedAt: Millis, verdict: boolean | undefined, delay: Millis): ProbeState {
  return { dueAt: earliest(probe, startedAt) + delay, verdict, last: undefined, inARow: 0 };
}

/** The state after a result of a run that was due at `state.dueAt`, ended at `now`. A late run does not shift those after it, and never makes two of them. */
export function afterResult(state: ProbeState, probe: Probe, result: ProbeResult, now: Millis): ProbeState {
  const dueAt = Math.max(now, state.dueAt + probe.periodSeconds * 1000);
  if (result === 'unknown') return { ...state, dueAt };
  const last = result === 'success';
  const inARow = state.last === last ? state.inARow + 1 : 1;
  const counts = inARow >= (last ? probe.successThreshold : probe.failureThreshold);
  return { dueAt, last, inARow, verdict: counts ? last : state.verdict };
}

/** The container has started: what waited for it is due. */
export function dueNow(state: ProbeState, probe: Probe, startedAt: Millis, now: Millis): ProbeState {
  return { ...state, dueAt: Math.max(now, earliest(probe, startedAt)) };
}

function earliest(probe: Probe, startedAt: Millis): Millis {
  return startedAt + (probe.initialDelaySeconds ?? 0) * 1000;
}
