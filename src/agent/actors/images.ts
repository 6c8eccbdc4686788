/**
 * Pulls images: one pull for all who want the same image with the same credentials, few at a time; one that nobody waits for
 * any more is ended. Back-off is kept by those who ask. Who has the image already does not wait long for a registry that
 * nothing can be heard of.
 */

import type { Asks, Behavior, Millis, Ref } from '../../common/actor/types.ts';
import { humanDuration } from '../../common/lib/duration.ts';
import { digest } from '../../common/lib/hash.ts';
import type { RegistryAuth } from '../core/runtime-model.ts';
import type { Cri } from '../ports/cri.ts';
import type { Registries } from '../ports/registries.ts';
import type { PodEvent, PodEventsMessage } from './pod-events.ts';
import { type PullAnswer, pullRefusal, pullWith } from './pull.ts';

export type ImagesMessage =
  | ({
      readonly type: 'pull';
      readonly reference: string;
      readonly host: string;
      /** All are tried, in this order; none: without a password. */
      readonly auths: readonly RegistryAuth[];
      /** Whether the image is there already, so that the asker can do without an answer of the registry. */
      readonly present: boolean;
      /** Of which a long pull is told as Events, now and then. */
      readonly about: Pick<PodEvent, 'pod' | 'container'>;
    } & Asks<PullAnswer>)
  /** The pod with this uid does not wait any more. */
  | { readonly type: 'leave'; readonly uid: string }
  | { readonly type: 'pulled'; readonly key: string; readonly pull: Pull; readonly answer: PullAnswer }
  | { readonly type: 'reached'; readonly host: string; readonly reachable: boolean }
  | { readonly type: 'give-up'; readonly host: string }
  | { readonly type: 'look' };

type Waiter = {
  readonly present: boolean;
  readonly since: Millis;
  nextWord: Millis;
  readonly about: Pick<PodEvent, 'pod' | 'container'>;
  reply(answer: PullAnswer): void;
};
type Pull = {
  readonly reference: string;
  readonly host: string;
  readonly auths: readonly RegistryAuth[];
  waiters: Waiter[];
  begun: Millis | undefined;
  readonly end: AbortController;
};

/** What may come from a mirror that the agent does not know of has this long, when the registry itself is silent. */
const GRACE: Millis = 5_000;
/** A registry that was silent is asked again, but not waited for again, within this time. */
const SILENT: Millis = 60_000;
const FIRST_WORD: Millis = 30_000;
/** Pulls that have gone on for so long do not keep back those from other registries: theirs may have fallen silent. */
const LONG: Millis = 30_000;

export type ImagesDeps = {
  readonly cri: Pick<Cri, 'pullImage'>;
  readonly registries: Registries;
  /** Most pulls at once. */
  readonly maxPulls: number;
  readonly events: Ref<PodEventsMessage>;
};

export function images({ cri, registries, maxPulls, events }: ImagesDeps): Behavior<ImagesMessage> {
  return (self) => {
    const pulls = new Map<string, Pull>();
    /** Since when a host is being asked whether it answers. */
    const asking = new Map<string, Millis>();
    /** When a host was given up last. */
    const silent = new Map<string, Millis>();

    function next(): void {
      const now = self.clock.now();
      const running = [...pulls.values()].filter(({ begun }) => begun !== undefined);
      for (const [key, pull] of pulls) {
        if (pull.begun !== undefined) continue;
        const others = running.every(({ host, begun = now }) => host !== pull.host && now - begun >= LONG);
        if (running.length >= maxPulls && !others) continue;
        running.push(pull);
        begin(key, pull);
      }
    }

    function begin(key: string, pull: Pull): void {
      const begun = self.clock.now();
      pull.begun = begun;
      self.pipe(
        (signal) => pullWith(cri, pull.reference, pull.auths, AbortSignal.any([signal, pull.end.signal])),
        (id) => {
          const now = self.clock.now();
          return { type: 'pulled', key, pull, answer: { ok: true, id, pulled: now - begun, waited: now - begun } };
        },
        (error) => ({ type: 'pulled', key, pull, answer: pullRefusal(error) }),
      );
    }

    /** Whether the registry answers, asked once for all who want to know. */
    function askFor(host: string): void {
      if (asking.has(host)) return;
      asking.set(host, self.clock.now());
      self.pipe(
        () => registries.reachable(host),
        (reachable) => ({ type: 'reached', host, reachable }),
        (error) => {
          throw error;
        },
      );
    }

    function answered(host: string): void {
      silent.delete(host);
      self.cancel(`give up ${host}`);
    }

    /** Those who have the image go on without the registry; what nobody waits for any more is not begun. */
    function giveUp(host: string): void {
      silent.set(host, self.clock.now());
      const message = `registry ${host} can not be reached`;
      for (const [key, pull] of [...pulls].filter(([, one]) => one.host === host)) {
        const spared = pull.waiters.filter(({ present }) => present);
        pull.waiters = pull.waiters.filter(({ present }) => !present);
        for (const { reply } of spared) reply({ ok: false, message, why: 'unreachable' });
        if (pull.waiters.length === 0 && pull.begun === undefined) pulls.delete(key);
      }
    }

    function leave(uid: string): void {
      for (const [key, pull] of pulls) {
        const left = pull.waiters.filter(({ about }) => about.pod.uid !== uid);
        if (left.length === pull.waiters.length) continue;
        pull.waiters = left;
        if (left.length > 0) continue;
        pulls.delete(key);
        pull.end.abort();
      }
      next();
    }

    function look(): void {
      const now = self.clock.now();
      for (const pull of pulls.values()) {
        for (const waiter of pull.waiters) {
          if (now < waiter.nextWord) continue;
          waiter.nextWord += waiter.nextWord - waiter.since;
          const message = progressWords(pull, now, waiter.since, maxPulls);
          events.tell({ type: 'event', kind: 'Normal', ...waiter.about, reason: 'Pulling', message });
        }
      }
      next();
      if (pulls.size > 0) self.after(FIRST_WORD, { type: 'look' }, 'look');
    }

    return {
      on: {
        pull({ reference, host, auths, present, about }, { reply }) {
          const key = digest([reference, auths]);
          const since = self.clock.now();
          const pull = pulls.get(key) ?? newPull(reference, host, auths);
          pull.waiters.push({ present, since, nextWord: since + FIRST_WORD, about, reply });
          if (pulls.size === 0) self.after(FIRST_WORD, { type: 'look' }, 'look');
          pulls.set(key, pull);
          if (present) askFor(host);
          next();
        },
        leave: ({ uid }) => leave(uid),
        pulled({ key, pull, answer }) {
          if (pulls.get(key) === pull) pulls.delete(key);
          if (answer.ok) answered(pull.host);
          for (const { since, reply } of pull.waiters) {
            reply(answer.ok ? { ...answer, waited: self.clock.now() - since } : answer);
          }
          next();
        },
        reached({ host, reachable }) {
          const now = self.clock.now();
          const since = asking.get(host) ?? now;
          asking.delete(host);
          if (reachable) answered(host);
          else if (now - (silent.get(host) ?? Number.NEGATIVE_INFINITY) < SILENT) giveUp(host);
          else self.after(Math.max(0, since + GRACE - now), { type: 'give-up', host }, `give up ${host}`);
        },
        'give-up': ({ host }) => giveUp(host),
        look,
      },
    };
  };
}

function newPull(reference: string, host: string, auths: readonly RegistryAuth[]): Pull {
  return { reference, host, auths, waiters: [], begun: undefined, end: new AbortController() };
}

function progressWords({ reference, begun }: Pull, now: Millis, since: Millis, maxPulls: number): string {
  const span = (from: Millis) => humanDuration(now - from);
  return begun === undefined
    ? `Image "${reference}" has waited ${span(since)} for other pulls; at most ${maxPulls} go on at once`
    : `Still pulling image "${reference}" after ${span(begun)}`;
}
