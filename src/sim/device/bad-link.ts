/** A device's link to the master with what the world does to it: messages that get lost or come late, and cuts. */

import { AskError } from '../../common/actor/ask.ts';
import type { Transport } from '../../common/actor/transport.ts';
import type { Clock } from '../../common/actor/types.ts';
import type { Faults } from '../core/plan.ts';

export type BadLink = {
  readonly transport: Transport;
  /** Whether nothing crosses it now. */
  cut: boolean;
};

export function badLink(
  inner: Transport,
  clock: Clock,
  { loss, delay }: Pick<Faults, 'loss' | 'delay'>,
  chance: () => number,
): BadLink {
  const link: BadLink = { cut: false, transport: inner };
  const lost = (): boolean => link.cut || (loss > 0 && chance() < loss);
  const later = (work: () => void): void => {
    if (delay > 0) clock.timer(2 * delay * chance(), work);
    else work();
  };
  const transport: Transport = {
    send(path, type, body) {
      if (!lost()) later(() => inner.send(path, type, body));
    },
    request: (path, type, body, within) =>
      new Promise((resolve, reject) => {
        const silence = (): void => {
          clock.timer(within, () => reject(new AskError('timeout', `no answer from ${path} within ${within} ms`)));
        };
        if (lost()) return silence();
        later(() => {
          inner
            .request(path, type, body, within)
            .then((answer) => (lost() ? silence() : later(() => resolve(answer))), reject);
        });
      }),
    serve: (path, handler, options) =>
      inner.serve(
        path,
        (delivery) => {
          if (!lost()) later(() => handler(delivery));
        },
        options,
      ),
    onClosed: (listener) => inner.onClosed(listener),
  };
  return Object.assign(link, { transport });
}
