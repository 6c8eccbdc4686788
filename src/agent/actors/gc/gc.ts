/**
 * Removes what nobody needs: images every five minutes by the kubelet's thresholds, and every minute dead containers beyond
 * what pods' workers keep; at once, and whatever the thresholds say, when somebody is short of room. One thing after the other.
 */

import { AskError } from '../../../common/actor/ask.ts';
import type { Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import type { DeadLimits } from '../../core/gc/dead-containers.ts';
import type { ImageLimits } from '../../core/gc/image-gc.ts';
import { allContainersOf } from '../../core/pod/containers.ts';
import { type Cri, CriError } from '../../ports/cri.ts';
import { type ImageFs, ImageFsError } from '../../ports/image-fs.ts';
import type { PodEventsMessage } from '../link/pod-events.ts';
import type { PodsMessage } from '../sources/pods.ts';
import type { LogRotationMessage } from '../streams/log-rotation.ts';
import { collectDead } from './container-collector.ts';
import type { GcMessage, Reclaimed } from './gc-messages.ts';
import { type Collected, imageCollector } from './image-collector.ts';

type Message =
  | GcMessage
  | { readonly type: 'images' }
  | { readonly type: 'containers' }
  | { readonly type: 'collected'; readonly result: Collected }
  | { readonly type: 'uncollected'; readonly error: unknown }
  | { readonly type: 'cleared' }
  | { readonly type: 'reclaimed'; readonly result: Reclaimed; reply(result: Reclaimed): void }
  | { readonly type: 'broken'; readonly error: unknown; reply?(result: Reclaimed): void };

export type GcLimits = { readonly images: ImageLimits; readonly dead: DeadLimits };
export type GcDeps = {
  readonly cri: Pick<
    Cri,
    'listContainers' | 'listSandboxes' | 'listImages' | 'removeImage' | 'removeContainer' | 'removeSandbox'
  >;
  readonly imageFs: ImageFs;
  readonly limits: GcLimits;
  readonly sandboxImage: string;
  readonly pods: Pick<Ref<PodsMessage>, 'ask'>;
  readonly events: Pick<Ref<PodEventsMessage>, 'tell'>;
  readonly logRotation: Pick<Ref<LogRotationMessage>, 'ask'>;
};

const IMAGES_EVERY: Millis = 300_000;
const CONTAINERS_EVERY: Millis = 60_000;
const ANSWER_WITHIN: Millis = 10_000;
/** Compressing logs takes a while on a small device. */
const LOGS_WITHIN: Millis = 60_000;
/** What all sources want is not waited for longer: one of them may be away for good. */
const UNSETTLED_UNTIL: Millis = 600_000;
/** A shortage that stays is told again so seldom. */
const TELL_AGAIN: Millis = 3_600_000;

export function gc(deps: GcDeps): Behavior<Message> {
  return (self) => {
    const { cri, imageFs, limits, sandboxImage, pods, events, logRotation } = deps;
    const { clock } = self;
    const begun = clock.now();
    let turn: Promise<unknown> = Promise.resolve();
    let failures = 0;
    let toldAt: Millis = Number.NEGATIVE_INFINITY;

    const images = imageCollector({
      ...{ cri, imageFs, sandboxImage },
      limits: limits.images,
      now: () => clock.now(),
      async assigned() {
        const { claims, settled } = await pods.ask({ type: 'inventory' }, ANSWER_WITHIN);
        if (!settled && clock.now() - begun < UNSETTLED_UNTIL) return undefined;
        return claims.flatMap(({ pod }) => allContainersOf(pod).map(({ image }) => image));
      },
    });

    function inTurn<T>(work: () => Promise<T>): Promise<T> {
      const mine = turn.then(work, work);
      turn = mine.catch(() => undefined);
      return mine;
    }

    async function reclaim(of: Extract<GcMessage, { type: 'reclaim' }>['of']): Promise<Reclaimed> {
      if (of === 'logs') return await logRotation.ask({ type: 'tidy' }, LOGS_WITHIN);
      const before = await imageFs.room();
      if (of === 'containers') {
        const { over } = await pods.ask({ type: 'inventory' }, ANSWER_WITHIN);
        const none = { perContainer: 0, total: 0 };
        const { containers, sandboxes, failed } = await collectDead(cri, none, new Set(over));
        const { availableBytes } = await imageFs.room();
        const what = [...counted(containers, 'dead container'), ...counted(sandboxes, 'dead sandbox')];
        return { bytes: Math.max(0, availableBytes - before.availableBytes), words: [...what, ...failed] };
      }
      const { removed, bytes, failed } = await (of === 'images' ? images.all() : images.superseded());
      const names = removed.map(({ tags, digests, id }) => tags[0] ?? digests[0] ?? id);
      return { bytes, words: [...names.map((name) => `image ${name}`), ...failed] };
    }

    // Images count from here on. A runtime that is still on its way is asked in five minutes.
    self.pipe(
      () => inTurn(() => images.note()),
      () => ({ type: 'cleared' }),
      (error) => ({ type: 'uncollected', error }),
    );
    self.every(IMAGES_EVERY, { type: 'images' }, 'images');
    // What pods' workers keep anyway needs no second look.
    if (limits.dead.perContainer < 1 || limits.dead.total >= 0) {
      self.every(CONTAINERS_EVERY, { type: 'containers' }, 'containers');
    }
    return {
      on: {
        reclaim({ of }, { reply }) {
          self.pipe(
            () => inTurn(() => reclaim(of)),
            (result) => ({ type: 'reclaimed', result, reply }),
            (error) => ({ type: 'broken', error, reply }),
          );
        },
        reclaimed({ result, reply }) {
          if (result.words.length > 0) self.log.info({ ...result }, 'room was made');
          reply(result);
        },
        images() {
          self.pipe(
            () => inTurn(() => images.routine()),
            (result) => ({ type: 'collected', result }),
            (error) => ({ type: 'uncollected', error }),
          );
        },
        collected({ result: { removed, bytes, failed, shortage } }) {
          failures = 0;
          if (removed.length > 0) {
            const names = removed.map(({ tags, id }) => tags[0] ?? id);
            self.log.info({ names, bytes }, 'unused images were removed');
          }
          if (failed.length > 0) self.log.warn({ failed }, 'images can not be removed');
          if (shortage === undefined) {
            toldAt = Number.NEGATIVE_INFINITY;
          } else if (clock.now() - toldAt >= TELL_AGAIN) {
            toldAt = clock.now();
            events.tell({ type: 'node-event', kind: 'Warning', reason: 'FreeDiskSpaceFailed', message: shortage });
          }
        },
        uncollected({ error }) {
          if (!isOperational(error)) throw error;
          failures += 1;
          self.log.warn({ error }, 'images can not be looked at');
          // The first time after a start, and while a runtime starts anew, this is no news.
          if (failures !== 2) return;
          const message = `unused images can not be removed: ${error.message}`;
          events.tell({ type: 'node-event', kind: 'Warning', reason: 'ImageGCFailed', message });
        },
        containers() {
          self.pipe(
            () => inTurn(() => collectDead(cri, limits.dead)),
            () => ({ type: 'cleared' }),
            (error) => ({ type: 'broken', error }),
          );
        },
        cleared() {},
        broken({ error, reply }) {
          if (!isOperational(error)) throw error;
          self.log.warn({ error }, 'no room can be made');
          reply?.({ bytes: 0, words: [`nothing was removed: ${error.message}`] });
        },
      },
    };
  };
}

const isOperational = (error: unknown): error is Error =>
  error instanceof CriError || error instanceof ImageFsError || error instanceof AskError;

const counted = (count: number, what: string): readonly string[] =>
  count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : what.endsWith('x') ? 'es' : 's'}`];
