/** Pulls that wait or go on, and who waits for each: which may begin, which nobody wants any more, and what is said of them. */

import type { Millis } from '../../../common/actor/types.ts';
import { humanDuration } from '../../../common/lib/duration.ts';
import type { RegistryAuth } from '../../core/runtime-model.ts';
import type { PodEvent } from '../link/pod-events.ts';
import type { PullAnswer } from './pull.ts';

/** The pod and container for which an image is pulled. */
export type PullAbout = Pick<PodEvent, 'pod' | 'container'>;
export type Waiter = {
  /** Whether the image is there already, so that it can do without an answer of the registry. */
  readonly present: boolean;
  readonly since: Millis;
  nextWord: Millis;
  readonly about: PullAbout;
  reply(answer: PullAnswer): void;
};
export type Pull = {
  readonly reference: string;
  readonly host: string;
  readonly auths: readonly RegistryAuth[];
  waiters: Waiter[];
  begun: Millis | undefined;
  readonly end: AbortController;
};
/** By what is pulled and with which passwords, in the order in which they were asked for. */
export type Pulls = Map<string, Pull>;

/** Pulls that have gone on for so long do not keep back those from other registries: theirs may have fallen silent. */
const LONG: Millis = 30_000;

export function newPull(reference: string, host: string, auths: readonly RegistryAuth[]): Pull {
  return { reference, host, auths, waiters: [], begun: undefined, end: new AbortController() };
}

/** Those that may begin now, with at most `most` at once but for registries that long pulls of others keep waiting. */
export function mayBegin(pulls: Pulls, most: number, now: Millis): readonly (readonly [string, Pull])[] {
  const running = [...pulls.values()].filter(({ begun }) => begun !== undefined);
  return [...pulls].filter(([, pull]) => {
    if (pull.begun !== undefined) return false;
    const overtakes = running.every(({ host, begun = now }) => host !== pull.host && now - begun >= LONG);
    if (running.length >= most && !overtakes) return false;
    running.push(pull);
    return true;
  });
}

/** Takes out the pulls for which only the pod with this uid has waited, and ends them. */
export function leave(pulls: Pulls, uid: string): void {
  for (const [key, pull] of pulls) {
    const left = pull.waiters.filter(({ about }) => about.pod.uid !== uid);
    if (left.length === pull.waiters.length) continue;
    pull.waiters = left;
    if (left.length > 0) continue;
    pulls.delete(key);
    pull.end.abort();
  }
}

/** What is said to one who has waited long. */
export function progressWords({ reference, begun }: Pull, { since }: Waiter, now: Millis, most: number): string {
  const span = (from: Millis) => humanDuration(now - from);
  return begun === undefined
    ? `Image "${reference}" has waited ${span(since)} for other pulls; at most ${most} go on at once`
    : `Still pulling image "${reference}" after ${span(begun)}`;
}
