/** Pulls images: one pull for all who wait for it, few at a time. Back-off is kept by those who ask. */

import type { Asks, Behavior } from '../../common/actor/types.ts';
import { type Cri, CriError } from '../ports/cri.ts';

type PullAnswer =
  | { readonly ok: true; readonly id: string; readonly millis: number }
  | { readonly ok: false; readonly message: string; readonly unavailable: boolean };
export type ImagesMessage =
  | ({ readonly type: 'pull'; readonly reference: string } & Asks<PullAnswer>)
  | { readonly type: 'pulled'; readonly reference: string; readonly answer: PullAnswer };

const PARALLEL = 3;

export function images(cri: Pick<Cri, 'pullImage'>): Behavior<ImagesMessage> {
  return (self) => {
    const waiting = new Map<string, ((answer: PullAnswer) => void)[]>();
    const queue: string[] = [];
    let running = 0;

    function next(): void {
      while (running < PARALLEL) {
        const reference = queue.shift();
        if (reference === undefined) return;
        running += 1;
        const begun = self.clock.now();
        const ended = (answer: PullAnswer) => ({ type: 'pulled', reference, answer }) as const;
        self.pipe(
          () => cri.pullImage(reference, undefined, undefined),
          (id) => ended({ ok: true, id, millis: self.clock.now() - begun }),
          (error) => ended(refusal(error)),
        );
      }
    }

    return {
      on: {
        pull({ reference }, { reply }) {
          const others = waiting.get(reference);
          if (others !== undefined) {
            others.push(reply);
            return;
          }
          waiting.set(reference, [reply]);
          queue.push(reference);
          next();
        },
        pulled({ reference, answer }) {
          running -= 1;
          for (const reply of waiting.get(reference) ?? []) reply(answer);
          waiting.delete(reference);
          next();
        },
      },
    };
  };
}

function refusal(error: unknown): PullAnswer {
  if (!(error instanceof CriError)) throw error;
  return { ok: false, message: error.message, unavailable: error.code === 'unavailable' };
}
