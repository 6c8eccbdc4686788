/** Counts what is written to the disk, and tells the Node's status what that is a day: once an hour at most, and only if it changed. */

import { AskError } from '../../../common/actor/ask.ts';
import type { Asks, Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import { isNews, perDay, type Written, type WrittenAt, withSample } from '../../core/gc/written.ts';
import type { WriteMeter } from '../../ports/write-meter.ts';
import type { NodeStatusMessage } from '../link/node-status.ts';
import type { LogStormsMessage } from '../storms/log-storms.ts';

export type WriteBudgetMessage =
  /** Counters since the agent started. */
  | ({ readonly type: 'written' } & Asks<Written>)
  | { readonly type: 'look' }
  | { readonly type: 'read'; readonly written: Written }
  | { readonly type: 'told'; readonly written: Written; reply(written: Written): void }
  | { readonly type: 'unread'; readonly error: unknown };
type Deps = {
  readonly meter: WriteMeter;
  readonly storms: Pick<Ref<LogStormsMessage>, 'ask'>;
  readonly nodeStatus: Pick<Ref<NodeStatusMessage>, 'tell'>;
};

const EVERY: Millis = 3_600_000;
const ANSWER_WITHIN: Millis = 10_000;

export function writeBudget({ meter, storms, nodeStatus }: Deps): Behavior<WriteBudgetMessage> {
  return (self) => {
    let samples: readonly WrittenAt[] = [];
    let told: Written | undefined;
    let first: { readonly agent: number; readonly total: number } | undefined;

    /** What the agent writes of a storm's log is the log's. */
    async function read(): Promise<Written> {
      const [{ agent = 0, total }, logs] = await Promise.all([
        meter.read(),
        storms.ask({ type: 'written' }, ANSWER_WITHIN),
      ]);
      first ??= { agent, total: total ?? 0 };
      return {
        agent: Math.max(0, agent - first.agent - logs.byAgent),
        logs: logs.bytes,
        ...(total === undefined ? {} : { total: Math.max(0, total - first.total) }),
      };
    }

    function look(): void {
      self.pipe(
        read,
        (written) => ({ type: 'read', written }),
        (error) => ({ type: 'unread', error }),
      );
    }

    look();
    self.every(EVERY, { type: 'look' }, 'look');
    return {
      on: {
        look,
        read({ written }) {
          samples = withSample(samples, { ...written, at: self.clock.now() });
          const daily = perDay(samples);
          if (daily === undefined || !isNews(told, daily)) return;
          told = daily;
          nodeStatus.tell({ type: 'device', device: { writtenBytesPerDay: { ...daily } } });
        },
        written(_, { reply }) {
          self.pipe(
            read,
            (written) => ({ type: 'told', written, reply }),
            (error) => ({ type: 'unread', error }),
          );
        },
        told: ({ written, reply }) => reply(written),
        unread({ error }) {
          if (!(error instanceof AskError)) throw error;
          self.log.warn({ error }, 'what is written to the disk is not known');
        },
      },
    };
  };
}
