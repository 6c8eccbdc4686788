/**
 * Gathers what the device and its pods use: once a period for the history and for all who are content with that, and whenever
 * somebody asks for something newer. One look at a time; all who wait for it get the same answer.
 */

import type { Behavior, Millis } from '../../../common/actor/types.ts';
import { createHistory } from '../../core/usage/history.ts';
import { type RateBase, withRates } from '../../core/usage/rates.ts';
import { type PodSubject, usageSubjects } from '../../core/usage/subjects.ts';
import type { Sweep } from '../../core/usage/sweep.ts';
import { type Usage, UsageError } from '../../ports/usage.ts';
import type { UsageMessage } from './usage-messages.ts';

export type UsageDeps = {
  readonly usage: Usage;
  /** Between looks that nobody has asked for; 0: there are none. */
  readonly housekeepingInterval: Millis;
};
type Question = { readonly notBefore: Millis; readonly fresh: boolean; reply(sweep: Sweep): void };

/** After a look that failed, while somebody waits. */
const AGAIN: Millis = 1000;

export function usage({ usage: port, housekeepingInterval }: UsageDeps): Behavior<UsageMessage> {
  return (self) => {
    const history = createHistory();
    let subjects: readonly PodSubject[] = [];
    let base: RateBase | undefined;
    let last: Sweep | undefined;
    /** What the look was at that found it. */
    let lastSubjects = subjects;
    /** When what is on the disk was last measured because somebody asked for it. */
    let measured = Number.NEGATIVE_INFINITY;
    let looking = false;
    let questions: readonly Question[] = [];
    let failed = false;

    function look(): void {
      if (looking) return;
      looking = true;
      const since = self.clock.now();
      const fresh = questions.some((question) => question.fresh);
      self.pipe(
        () => port.read(subjects, fresh ? 'fresh' : 'kept'),
        (readings) => ({ type: 'read', since, subjects, fresh, readings }),
        (error) => ({ type: 'failed', error }),
      );
    }
    const answers = ({ notBefore, fresh }: Question): boolean =>
      last !== undefined &&
      last.at >= notBefore &&
      (!fresh || measured >= notBefore) &&
      holdsAll(lastSubjects, subjects);
    function rest(): void {
      looking = false;
      if (questions.length > 0) look();
      else if (housekeepingInterval > 0) self.after(housekeepingInterval, { type: 'look' }, 'look');
    }

    if (housekeepingInterval > 0) look();
    return {
      on: {
        look,
        listing({ listing }) {
          subjects = usageSubjects(listing);
        },
        sweep({ maxAge, disk }, { reply }) {
          const question = { notBefore: self.clock.now() - Math.max(0, maxAge), fresh: disk === 'fresh', reply };
          if (last !== undefined && answers(question)) return reply(last);
          questions = [...questions, question];
          look();
        },
        history: ({ after }, { reply }) => reply(history.after(after)),
        read({ since, subjects: looked, fresh, readings }) {
          failed = false;
          lastSubjects = looked;
          const { sweep, base: next } = withRates(readings, self.clock.now(), self.clock.wall(), base);
          base = next;
          last = sweep;
          if (fresh) measured = since;
          history.add(sweep);
          const answered = questions.filter(answers);
          questions = questions.filter((question) => !answers(question));
          for (const { reply } of answered) reply(sweep);
          rest();
        },
        failed({ error }) {
          if (!(error instanceof UsageError)) throw error;
          if (!failed) self.log.warn({ error }, 'what the device uses can not be read');
          failed = true;
          looking = false;
          self.after(AGAIN, { type: 'look' }, 'look');
        },
      },
      stopped: () => port.close(),
    };
  };
}

/** Whether no container has come meanwhile: what knows nothing of it is not new, however young. */
function holdsAll(looked: readonly PodSubject[], now: readonly PodSubject[]): boolean {
  if (looked === now) return true;
  const known = new Set(looked.flatMap(({ containers }) => containers.map(({ id }) => id)));
  return now.every(({ containers }) => containers.every(({ id }) => known.has(id)));
}
