/** The port Checks for real. What the calls mean is said in ports/checks.ts. */

import type { Clock, Millis } from '../../../common/actor/types.ts';
import type { CheckResult, Checks } from '../../ports/checks.ts';
import { grpcCheck } from './checks-grpc.ts';
import { httpCheck } from './checks-http.ts';
import { tcpCheck } from './checks-tcp.ts';
import { Deadline } from './deadline.ts';

/** A look at what listens: ends when the deadline passes, with a failure at the latest. */
type Look<C> = (check: C, timeout: Millis, deadline: Deadline) => Promise<CheckResult>;

export function createChecks(clock: Pick<Clock, 'timer'>): Checks {
  const limited =
    <C>(look: Look<C>) =>
    async (check: C, timeout: Millis, signal?: AbortSignal): Promise<CheckResult> => {
      const deadline = new Deadline();
      const end = (): void => deadline.pass();
      const cancel = clock.timer(timeout, end);
      signal?.addEventListener('abort', end);
      if (signal?.aborted) end();
      try {
        return await look(check, timeout, deadline);
      } finally {
        cancel();
        signal?.removeEventListener('abort', end);
      }
    };
  return { http: limited(httpCheck), tcp: limited(tcpCheck), grpc: limited(grpcCheck) };
}
