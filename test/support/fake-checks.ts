/** What listens in pods, as a test says: it answers at once, when the test lets it, or never. */

import type { CheckResult, Checks, GrpcCheck, HttpCheck, TcpCheck } from '../../src/agent/ports/checks.ts';
import { pause } from '../../src/common/actor/pause.ts';
import type { Clock } from '../../src/common/actor/types.ts';

type Asked = { readonly kind: 'http' | 'tcp' | 'grpc'; readonly check: HttpCheck | TcpCheck | GrpcCheck };

export class FakeChecks implements Checks {
  readonly asked: Asked[] = [];
  /** The most checks that ever were under way at a time. */
  most = 0;
  /** The answer to each check; undefined: none ever comes. */
  answers: (asked: Asked) => CheckResult | Promise<CheckResult> | undefined = () => ({
    outcome: 'success',
    output: '',
  });
  readonly #clock: Clock;
  #underWay = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  http: Checks['http'] = (check, ...limits) => this.#ask({ kind: 'http', check }, ...limits);
  tcp: Checks['tcp'] = (check, ...limits) => this.#ask({ kind: 'tcp', check }, ...limits);
  grpc: Checks['grpc'] = (check, ...limits) => this.#ask({ kind: 'grpc', check }, ...limits);

  async #ask(asked: Asked, timeout: number, signal?: AbortSignal): Promise<CheckResult> {
    this.asked.push(asked);
    this.#underWay += 1;
    this.most = Math.max(this.most, this.#underWay);
    const ended = new AbortController();
    const late = pause(this.#clock, timeout, signal ? AbortSignal.any([signal, ended.signal]) : ended.signal);
    const answer = this.answers(asked) ?? new Promise<never>(() => {});
    try {
      return await Promise.race([answer, late.then(() => ({ outcome: 'failure', output: 'i/o timeout' }) as const)]);
    } finally {
      ended.abort();
      this.#underWay -= 1;
    }
  }
}
