/** What the agent relies on of every Checks: run against what listens on loopback and against the fake. */

import type { TestFn } from 'ava';
import type { CheckResult, Checks } from '../../../../src/agent/ports/checks.ts';

type Kind = 'http' | 'tcp' | 'grpc';
export type ChecksRig = {
  readonly checks: Checks;
  /** A port where a server of the kind is healthy, one where nobody listens, and one where connections are not taken. */
  port(kind: Kind, state: 'healthy' | 'closed' | 'silent'): number;
};

const LONG = 20_000;

export function checksContract(test: TestFn, rig: () => ChecksRig): void {
  const look = (kind: Kind, port: number, timeout: number, signal?: AbortSignal): Promise<CheckResult> => {
    const { checks } = rig();
    const at = { host: '127.0.0.1', port };
    if (kind === 'tcp') return checks.tcp(at, timeout, signal);
    if (kind === 'grpc') return checks.grpc({ ...at, service: '' }, timeout, signal);
    const request = { scheme: 'http', path: '/', headers: [], anyStatus: false } as const;
    return checks.http({ ...at, ...request }, timeout, signal);
  };

  for (const kind of ['http', 'tcp', 'grpc'] as const) {
    test(`${kind}: what is healthy succeeds, and where nobody listens fails at once`, async (t) => {
      t.is((await look(kind, rig().port(kind, 'healthy'), LONG)).outcome, 'success');
      const closed = await look(kind, rig().port(kind, 'closed'), LONG);
      t.is(closed.outcome, 'failure');
      t.not(closed.output, '');
    });

    test(`${kind}: what does not answer fails when the time is over, or when the signal ends it`, async (t) => {
      const silent = rig().port(kind, 'silent');
      t.is((await look(kind, silent, 100)).outcome, 'failure');
      const stop = new AbortController();
      const stopped = look(kind, silent, LONG, stop.signal);
      stop.abort();
      t.is((await stopped).outcome, 'failure');
      t.is((await look(kind, silent, LONG, stop.signal)).outcome, 'failure');
    });
  }
}
