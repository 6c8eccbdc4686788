import test from 'ava';
import { reporter } from '../../../../src/agent/actors/link/reporter.ts';
import { FakeClock } from '../../../../src/common/actor/fake-clock.ts';
import { createSystem } from '../../../../src/common/actor/system.ts';
import type { Behavior } from '../../../../src/common/actor/types.ts';
import type { PodReport, ReportAnswer, UpMessage } from '../../../../src/common/wire/agent-protocol.ts';

/** A reporter whose master answers each report as `verdict` says; what it logs as warnings is kept. */
function reporting(verdict: (report: PodReport) => string | undefined) {
  const clock = new FakeClock();
  const warnings: object[] = [];
  const quiet = () => {};
  const log = { debug: quiet, info: quiet, error: quiet, warn: (said: object) => void warnings.push(said) };
  const system = createSystem({ clock, log, random: () => 0.5 });
  const answer = (pods: readonly PodReport[]): ReportAnswer => ({
    results: pods.map((pod) => (verdict(pod) === undefined ? 'ok' : 'refused')),
    refusals: Object.fromEntries(
      pods.map((pod): [string, string] => [pod.uid, verdict(pod) ?? '']).filter(([, why]) => why !== ''),
    ),
  });
  const master: Behavior<UpMessage> = () => ({
    on: {
      hello: quiet,
      beat: quiet,
      desired: quiet,
      event: quiet,
      mirrors: quiet,
      mirror: quiet,
      status: quiet,
      report: ({ pods }, { reply }) => reply(answer(pods)),
    },
  });
  const up = system.spawn('master', master);
  const ref = system.spawn('reporter', reporter({ node: 'pi-7', master: up, random: () => 0.5 }));
  const say = async (uid: string, phase: string) => {
    ref.tell({ type: 'report', report: { namespace: 'default', name: 'web', uid, status: { phase } } });
    await clock.settle();
  };
  const end = async () => {
    const ended = system.shutdown();
    await clock.settle();
    await ended;
  };
  return { say, warnings, end };
}

test("a refused report is logged with the master's reason, once a reason", async (t) => {
  let why: string | undefined = 'status.podIP: not an address';
  const { say, warnings, end } = reporting(({ uid }) => (uid === 'good' ? undefined : why));
  await say('good', 'Running');
  t.deepEqual(warnings, []);
  await say('bad', 'Pending');
  await say('bad', 'Running');
  const refusal = { pod: 'default/web', uid: 'bad' };
  t.is(warnings.length, 1);
  t.like(warnings[0], { ...refusal, reason: why });
  why = undefined;
  await say('bad', 'Succeeded');
  why = 'another';
  await say('bad', 'Failed');
  t.is(warnings.length, 2);
  t.like(warnings[1], { ...refusal, reason: 'another' });
  await end();
});
