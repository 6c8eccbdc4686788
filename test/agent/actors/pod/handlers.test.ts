import test from 'ava';
import { type HandlerTarget, runHandler } from '../../../../src/agent/actors/pod/handlers.ts';
import type { Handler } from '../../../../src/agent/core/probes/handler-request.ts';
import { type Cri, CriError } from '../../../../src/agent/ports/cri.ts';
import { FakeClock } from '../../../../src/common/actor/fake-clock.ts';
import { FakeChecks } from '../../../support/fake-checks.ts';
import { aContainer } from '../../../support/pod-builder.ts';

function rig(execSync: Cri['execSync'] = async () => ({ exitCode: 0, stdout: '', stderr: '' })) {
  const clock = new FakeClock();
  const checks = new FakeChecks(clock);
  const stop = new AbortController();
  const target: HandlerTarget = { id: 'c1', container: aContainer(), podIps: ['10.0.0.9'], purpose: 'lifecycle' };
  const run = (handler: Handler, timeout = 5_000, purpose: HandlerTarget['purpose'] = 'lifecycle') =>
    runHandler(handler, { ...target, purpose }, { cri: { execSync }, checks, clock }, timeout, stop.signal);
  return { clock, checks, stop, run };
}

test('a command gets its time in whole seconds, and both of its outputs are told, within bounds', async (t) => {
  const asked: unknown[] = [];
  const { run } = rig(async (...call) => {
    asked.push(call);
    return { exitCode: 3, stdout: 'o'.repeat(10_000), stderr: 'e'.repeat(10_000) };
  });
  const result = await run({ exec: { command: ['drain', 'now'] } }, 1_200);
  t.deepEqual(asked, [['c1', ['drain', 'now'], 2]]);
  t.is(result.outcome, 'failure');
  t.is(result.output.length, 10 * 1024);
  t.true(result.output.endsWith('e'));
});

test('a command that can not be run has not failed; anything but the runtime’s refusal is a bug', async (t) => {
  const handler = { exec: { command: ['x'] } };
  const gone = rig(async () => {
    throw new CriError('not-found', 'no such container');
  });
  t.deepEqual(await gone.run(handler), { outcome: 'unknown', output: 'no such container' });
  const broken = rig(async () => {
    throw new TypeError('bug');
  });
  await t.throwsAsync(broken.run(handler), { instanceOf: TypeError });
});

test('a hook takes any HTTP answer, a probe does not', async (t) => {
  const { checks, run } = rig();
  const handler: Handler = { httpGet: { path: '/bye', port: 80, scheme: 'HTTP' } };
  await run(handler);
  await run(handler, 5_000, 'probe');
  t.deepEqual(
    checks.asked.map(({ check }) => 'anyStatus' in check && check.anyStatus),
    [true, false],
  );
});

test('a sleep lasts as long as it says, at most as long as there is time, and not beyond the end of the agent', async (t) => {
  const { clock, stop, run } = rig();
  const begin = clock.now();
  const slept = async (seconds: number, timeout: number) => {
    const done = run({ sleep: { seconds } }, timeout).then(({ outcome }) => [outcome, clock.now() - begin]);
    return done;
  };
  const all = [slept(2, 5_000), slept(60, 5_000)];
  const last = slept(60, 90_000);
  await clock.advance(10_000);
  stop.abort();
  t.deepEqual(await Promise.all(all), [
    ['success', 2_000],
    ['success', 5_000],
  ]);
  t.deepEqual(await last, ['success', 10_000]);
  t.is(clock.pending, 0);
});

test('a handler that can not be resolved says why', async (t) => {
  const { run } = rig();
  t.deepEqual(await run({ tcpSocket: { port: 'ftp' } }), {
    outcome: 'unknown',
    output: 'container app has no port named "ftp"',
  });
  t.like(await run({}), { outcome: 'unknown' });
});
