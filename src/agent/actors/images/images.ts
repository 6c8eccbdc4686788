/**
 * Pulls images: one pull for all who want the same image with the same credentials, few at a time; one that nobody waits for
 * any more is ended. Back-off is kept by those who ask. Who has the image already does not wait long for a registry that
 * nothing can be heard of.
 */

import type { Asks, Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import { digest } from '../../../common/lib/hash.ts';
import type { RegistryAuth } from '../../core/runtime-model.ts';
import type { Cri } from '../../ports/cri.ts';
import type { Registries } from '../../ports/registries.ts';
import type { PodEventsMessage } from '../link/pod-events.ts';
import { type PullAnswer, pullRefusal, pullWith } from './pull.ts';
import { leave, mayBegin, newPull, type Pull, type PullAbout, type Pulls, progressWords } from './pull-queue.ts';

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
      readonly about: PullAbout;
    } & Asks<PullAnswer>)
  /** The pod with this uid does not wait any more. */
  | { readonly type: 'leave'; readonly uid: string }
  | { readonly type: 'pulled'; readonly key: string; readonly pull: Pull; readonly answer: PullAnswer }
  | { readonly type: 'reached'; readonly host: string; readonly reachable: boolean }
  | { readonly type: 'give-up'; readonly host: string }
  | { readonly type: 'look' };

/** What may come from a mirror that the agent does not know of has this long, when the registry itself is silent. */
const GRACE: Millis = 5_000;
/** A registry that was silent is asked again, but not waited for again, within this time. */
const SILENT: Millis = 60_000;
const FIRST_WORD: Millis = 30_000;

export type ImagesDeps = {
  readonly cri: Pick<Cri, 'pullImage'>;
  readonly registries: Registries;
  /** Most pulls at once. */
  readonly maxPulls: number;
  readonly events: Ref<PodEventsMessage>;
};

export function images({ cri, registries, maxPulls, events }: ImagesDeps): Behavior<ImagesMessage> {
  return (self) => {
    const pulls: Pulls = new Map();
    /** Since when a host is being asked whether it answers. */
    const asking = new Map<string, Millis>();
    /** When a host was given up last. */
    const silent = new Map<string, Millis>();

    function next(): void {
      for (const [key, pull] of mayBegin(pulls, maxPulls, self.clock.now())) begin(key, pull);
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
      const now = self.clock.now();
      for (const [other, at] of silent) if (now - at >= SILENT) silent.delete(other);
      silent.set(host, now);
      const message = `registry ${host} can not be reached`;
      for (const [key, pull] of [...pulls].filter(([, one]) => one.host === host)) {
        const spared = pull.waiters.filter(({ present }) => present);
        pull.waiters = pull.waiters.filter(({ present }) => !present);
        for (const { reply } of spared) reply({ ok: false, message, why: 'unreachable' });
        if (pull.waiters.length === 0 && pull.begun === undefined) pulls.delete(key);
      }
    }

    function look(): void {
      const now = self.clock.now();
      for (const pull of pulls.values()) {
        for (const waiter of pull.waiters) {
          if (now < waiter.nextWord) continue;
          waiter.nextWord += waiter.nextWord - waiter.since;
          const message = progressWords(pull, waiter, now, maxPulls);
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
        leave({ uid }) {
          leave(pulls, uid);
          next();
        },
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
