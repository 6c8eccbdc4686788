/**
 * Keeps containers' logs small: looks at their sizes every ten seconds, and does what log-rotation.ts says. Asks the runtime
 * only when there is something to rotate, and writes nothing otherwise. What fails for one is told and tried again.
 */

import type { Asks, Behavior, Millis } from '../../../common/actor/types.ts';
import { type RotationLimits, type RotationStep, rotationSteps } from '../../core/node/log-rotation.ts';
import { containerNameLabel, podUidLabel } from '../../core/pod/pod-labels.ts';
import { type Cri, CriError } from '../../ports/cri.ts';
import { type ContainerLogs, type LogFiles, LogFilesError } from '../../ports/log-files.ts';

type Deps = {
  readonly cri: Pick<Cri, 'listContainers' | 'reopenContainerLog'>;
  readonly files: LogFiles;
  readonly limits: RotationLimits;
};
export type LogRotationMessage =
  | { readonly type: 'look' }
  /** Looks now, and tells what became less. */
  | ({ readonly type: 'tidy' } & Asks<Tidied>)
  | { readonly type: 'tidied'; readonly result: Tidied; reply(result: Tidied): void }
  | { readonly type: 'looked' }
  | { readonly type: 'failed'; readonly error: unknown };

type Tidied = { readonly bytes: number; readonly words: readonly string[] };

const EVERY: Millis = 10_000;

export function logRotation({ cri, files, limits }: Deps): Behavior<LogRotationMessage> {
  return (self) => {
    /** What was told already, by folder: a disk that stays full is not told every ten seconds. */
    const told = new Map<string, string>();

    let turn: Promise<unknown> = Promise.resolve();

    /** One look at a time. */
    function inTurn<T>(work: () => Promise<T>): Promise<T> {
      const mine = turn.then(work, work);
      turn = mine.catch(() => undefined);
      return mine;
    }

    async function tidy(): Promise<Tidied> {
      const before = await totalOf(files);
      await lookAtAll();
      const bytes = Math.max(0, before - (await totalOf(files)));
      return { bytes, words: bytes === 0 ? [] : ['logs that were over their limits'] };
    }

    async function lookAtAll(): Promise<void> {
      const all = await files.list();
      for (const logs of all) {
        if (self.signal.aborted) return;
        await lookAt(logs);
      }
      const there = new Set(all.map(({ dir }) => dir));
      for (const dir of told.keys()) if (!there.has(dir)) told.delete(dir);
    }

    /** One step after the other; one that fails keeps the others of this container back only if they need it. */
    async function lookAt(logs: ContainerLogs): Promise<void> {
      let failed: string | undefined;
      for (const step of rotationSteps(logs.files, limits)) {
        try {
          await perform(step, logs);
        } catch (error) {
          if (!(error instanceof LogFilesError || error instanceof CriError)) throw error;
          failed = error.message;
        }
      }
      if (failed === undefined) told.delete(logs.dir);
      else if (told.get(logs.dir) !== failed) {
        told.set(logs.dir, failed);
        self.log.warn({ dir: logs.dir, error: failed }, 'a log can not be rotated');
      }
    }

    async function perform(step: RotationStep, { dir, pod, container }: ContainerLogs): Promise<void> {
      if (step.do === 'remove') return await files.remove(dir, step.name);
      if (step.do === 'compress') return await files.compress(dir, step.name, step.to);
      const labels = { [podUidLabel]: pod.uid, [containerNameLabel]: container };
      const found = (await cri.listContainers({ labels })).find(({ attempt }) => attempt === step.attempt);
      // The log of one that has ended grows no more.
      if (found?.state !== 'running') return;
      if (step.do === 'reopen') return await cri.reopenContainerLog(found.id);
      await files.rename(dir, step.name, step.to);
      try {
        await cri.reopenContainerLog(found.id);
      } catch (error) {
        // As it was before: the next look tries again. Where the runtime has opened it after all, that is where it stays.
        if (!(await files.exists(dir, step.name))) await files.rename(dir, step.to, step.name);
        throw error;
      }
    }

    const again = (): void => self.after(EVERY, { type: 'look' }, 'look');
    again();
    return {
      on: {
        look: () =>
          self.pipe(
            () => inTurn(lookAtAll),
            () => ({ type: 'looked' }),
            (error) => ({ type: 'failed', error }),
          ),
        looked: again,
        tidy: (_, { reply }) =>
          self.pipe(
            () => inTurn(tidy),
            (result) => ({ type: 'tidied', result, reply }),
            (error) => ({ type: 'failed', error }),
          ),
        tidied: ({ result, reply }) => reply(result),
        failed: ({ error }) => {
          throw error;
        },
      },
    };
  };
}

async function totalOf(files: LogFiles): Promise<number> {
  return (await files.list()).flatMap((logs) => logs.files).reduce((sum, { size }) => sum + size, 0);
}
