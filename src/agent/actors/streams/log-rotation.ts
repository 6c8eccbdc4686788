/**
 * Keeps containers' logs small: looks at their sizes every ten seconds, and does what log-rotation.ts says. Asks the runtime
 * only when there is something to rotate, and writes nothing otherwise. What fails for one is told and tried again.
 */

import { AskError } from '../../../common/actor/ask.ts';
import type { Asks, Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import { type RotationLimits, type RotationStep, rotationSteps } from '../../core/node/log-rotation.ts';
import { partsOverTotal } from '../../core/node/log-total.ts';
import { containerNameLabel, podUidLabel } from '../../core/pod/pod-labels.ts';
import { type Cri, CriError } from '../../ports/cri.ts';
import { type ContainerLogs, type LogFiles, LogFilesError } from '../../ports/log-files.ts';
import type { LogStormsMessage } from '../storms/log-storms.ts';

type Deps = {
  readonly cri: Pick<Cri, 'listContainers'>;
  /** Has logs opened anew. */
  readonly storms: Pick<Ref<LogStormsMessage>, 'ask'>;
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
/** The runtime's call has a limit of its own. */
const RENEW_WITHIN: Millis = 150_000;

export function logRotation({ cri, storms, files, limits }: Deps): Behavior<LogRotationMessage> {
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
      let changed = false;
      for (const logs of all) {
        if (self.signal.aborted) return;
        changed = (await lookAt(logs)) || changed;
      }
      await holdToTotal(changed ? await files.list() : all);
      const there = new Set(all.map(({ dir }) => dir));
      for (const dir of told.keys()) if (!there.has(dir)) told.delete(dir);
    }

    async function holdToTotal(all: readonly ContainerLogs[]): Promise<void> {
      for (const { dir, name } of partsOverTotal(all, limits.totalBytes)) {
        try {
          await files.remove(dir, name);
        } catch (error) {
          if (!(error instanceof LogFilesError)) throw error;
          self.log.warn({ dir, error }, 'a part of a log can not be removed');
        }
      }
    }

    /** One step after the other; one that fails keeps the others of this container back only if they need it. Answers whether there were any. */
    async function lookAt(logs: ContainerLogs): Promise<boolean> {
      let failed: string | undefined;
      const steps = rotationSteps(logs.files, limits);
      for (const step of steps) {
        try {
          await perform(step, logs);
        } catch (error) {
          if (!(error instanceof LogFilesError || error instanceof CriError || error instanceof AskError)) throw error;
          failed = error.message;
        }
      }
      if (failed === undefined) told.delete(logs.dir);
      else if (told.get(logs.dir) !== failed) {
        told.set(logs.dir, failed);
        self.log.warn({ dir: logs.dir, error: failed }, 'a log can not be rotated');
      }
      return steps.length > 0;
    }

    async function perform(step: RotationStep, { dir, pod, container }: ContainerLogs): Promise<void> {
      if (step.do === 'remove') return await files.remove(dir, step.name);
      if (step.do === 'compress') return await files.compress(dir, step.name, step.to);
      const labels = { [podUidLabel]: pod.uid, [containerNameLabel]: container };
      const found = (await cri.listContainers({ labels })).find(({ attempt }) => attempt === step.attempt);
      // The log of one that has ended grows no more.
      if (found?.state !== 'running') return;
      const to = step.do === 'rotate' ? `${dir}/${step.to}` : undefined;
      const path = `${dir}/${step.attempt}.log`;
      const problem = await storms.ask({ type: 'renew', id: found.id, path, to }, RENEW_WITHIN);
      if (problem !== undefined) throw new LogFilesError('failed', problem);
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
