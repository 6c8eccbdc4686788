/** What listens in pods, as a test says: answers at once, or when the test lets them. */

import type { CheckResult, Checks, GrpcCheck, HttpCheck, TcpCheck } from '../../src/agent/ports/checks.ts';

type Asked = { readonly kind: 'http' | 'tcp' | 'grpc'; readonly check: HttpCheck | TcpCheck | GrpcCheck };

export class FakeChecks implements Checks {
  readonly asked: Asked[] = [];
  /** Checks under way, and the most that ever were. */
  underWay = 0;
  most = 0;
  /** The answer to each check. */
  answers: (asked: Asked) => CheckResult | Promise<CheckResult> = () => ({ outcome: 'success', output: '' });

  http = (check: HttpCheck) => this.#ask({ kind: 'http', check });
  tcp = (check: TcpCheck) => this.#ask({ kind: 'tcp', check });
  grpc = (check: GrpcCheck) => this.#ask({ kind: 'grpc', check });

  async #ask(asked: Asked): Promise<CheckResult> {
    this.asked.push(asked);
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    try {
      return await this.answers(asked);
    } finally {
      this.underWay -= 1;
    }
  }
}
