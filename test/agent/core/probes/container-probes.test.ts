import test from 'ava';
import fc from 'fast-check';
import {
  type ContainerProbes,
  healthAtFirst,
  newContainerProbes,
  probeOf,
  probesDue,
  withResult,
} from '../../../../src/agent/core/probes/container-probes.ts';
import type { ProbeKind, ProbeResult } from '../../../../src/agent/core/probes/probe.ts';
import type { Container } from '../../../../src/common/model/container.ts';
import type { Probe } from '../../../../src/common/model/probe.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const aProbe = (change: Partial<Probe> = {}): Probe => ({
  tcpSocket: { port: 80 },
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
  ...change,
});
const pod = aPod();
const START = 5_000;
const begin = (container: Container, before?: { id: string; started: boolean; ready: boolean }, random = 0) =>
  newContainerProbes(container, 'c1', START, before, () => random);
const after = (probes: ContainerProbes, container: Container, kind: ProbeKind, ...results: readonly ProbeResult[]) =>
  results.reduce((so, result) => {
    const due = probesDue(so, false).find(([one]) => one === kind);
    return withResult(so, { pod, container }, kind, result, due?.[1] ?? START);
  }, probes);

test('readiness begins false, and follows its thresholds both ways', (t) => {
  const container = aContainer('app', { readinessProbe: aProbe({ successThreshold: 2 }) });
  const first = begin(container);
  t.deepEqual(first.health, { id: 'c1', started: true, ready: false });
  t.false(after(first, container, 'readiness', 'success').health.ready);
  const ready = after(first, container, 'readiness', 'success', 'success');
  t.true(ready.health.ready);
  t.true(after(ready, container, 'readiness', 'failure', 'failure').health.ready);
  t.true(after(ready, container, 'readiness', 'failure', 'failure', 'success', 'failure', 'failure').health.ready);
  t.false(after(ready, container, 'readiness', 'failure', 'failure', 'failure').health.ready);
});

test('the startup probe holds the others back until it succeeds, and then they are due at once', (t) => {
  const container = aContainer('app', {
    startupProbe: aProbe({ periodSeconds: 2, failureThreshold: 30 }),
    readinessProbe: aProbe({ initialDelaySeconds: 3 }),
    livenessProbe: aProbe({ initialDelaySeconds: 60 }),
  });
  const first = begin(container);
  t.deepEqual(first.health, { id: 'c1', started: false, ready: false });
  t.deepEqual(probesDue(first, false), [['startup', START]]);
  const started = after(first, container, 'startup', 'failure', 'failure', 'success');
  t.deepEqual(started.health, { id: 'c1', started: true, ready: false });
  t.deepEqual(probesDue(started, false), [
    ['readiness', START + 4_000],
    ['liveness', START + 60_000],
  ]);
});

test('a container without a readiness probe is ready once its startup probe has succeeded', (t) => {
  const container = aContainer('app', { startupProbe: aProbe() });
  t.true(after(begin(container), container, 'startup', 'success').health.ready);
});

test('a failed liveness or startup probe says so once, with the words and the grace that count', (t) => {
  const container = aContainer('app', { livenessProbe: aProbe({ terminationGracePeriodSeconds: 5 }) });
  const failed = after(begin(container), container, 'liveness', 'failure', 'failure', 'failure');
  t.deepEqual(failed.health.failed, {
    probe: 'liveness',
    message: 'Container app failed liveness probe, will be restarted',
    graceSeconds: 5,
  });
  t.deepEqual(probesDue(failed, false), []);
  t.is(after(failed, container, 'liveness', 'success', 'failure'), failed);

  const slow = aContainer('app', { startupProbe: aProbe({ failureThreshold: 1 }) });
  const never = withResult(
    begin(slow),
    { pod: aPod('job', { spec: { restartPolicy: 'Never' } }), container: slow },
    'startup',
    'failure',
    START,
  );
  t.deepEqual(never.health.failed, { probe: 'startup', message: 'Container app failed startup probe' });
});

test('of a pod that is being deleted only readiness is probed', (t) => {
  const container = aContainer('app', { livenessProbe: aProbe(), readinessProbe: aProbe() });
  t.deepEqual(
    probesDue(begin(container), true).map(([kind]) => kind),
    ['readiness'],
  );
});

test('what was known of the same container counts until its probes say otherwise; another container begins anew', (t) => {
  const container = aContainer('app', { startupProbe: aProbe(), readinessProbe: aProbe() });
  const known = { id: 'c1', started: true, ready: true };
  t.deepEqual(healthAtFirst(container, 'c1', known), known);
  t.deepEqual(healthAtFirst(container, 'c2', known), { id: 'c2', started: false, ready: false });
  const first = begin(container, known, 0.5);
  t.deepEqual(probesDue(first, false), [['readiness', START + 5_000]], 'spread over the first period');
  t.true(after(first, container, 'readiness', 'failure', 'failure').health.ready);
  t.false(after(first, container, 'readiness', 'failure', 'failure', 'failure').health.ready);
});

type Choice = { readonly result: ProbeResult; readonly takes: number; readonly choice: number };
type Ran = { readonly kind: ProbeKind; readonly result: ProbeResult; readonly due: number; readonly ended: number };
type Step = { readonly ran: Ran; readonly before: ContainerProbes; readonly after: ContainerProbes };

const times = {
  initialDelaySeconds: fc.nat(20),
  periodSeconds: fc.integer({ min: 1, max: 20 }),
  failureThreshold: fc.integer({ min: 1, max: 4 }),
};
const maybe = fc.option(fc.record(times).map(aProbe), { nil: undefined });
const anyContainer = fc
  .record({
    startupProbe: maybe,
    livenessProbe: maybe,
    readinessProbe: fc.record({ ...times, successThreshold: fc.integer({ min: 1, max: 3 }) }).map(aProbe),
  })
  .map((some) => aContainer('app', some));
const picks = fc.array(
  fc.record({
    result: fc.constantFrom<ProbeResult>('success', 'failure', 'unknown'),
    takes: fc.nat(30_000),
    choice: fc.nat(2),
  }),
  { maxLength: 60 },
);

/** Runs whichever of the probes that are due is picked. */
function play(container: Container, list: readonly Choice[]): readonly Step[] {
  const steps: Step[] = [];
  let state = begin(container);
  let now = START;
  for (const { result, takes, choice } of list) {
    const all = probesDue(state, false);
    const next = all[choice % Math.max(1, all.length)];
    if (next === undefined) break;
    const [kind, due] = next;
    now = Math.max(now, due) + takes;
    const before = state;
    state = withResult(state, { pod, container }, kind, result, now);
    steps.push({ ran: { kind, result, due, ended: now }, before, after: state });
  }
  return steps;
}
const specOf = (container: Container, kind: ProbeKind) => probeOf(container, kind) ?? aProbe();

test('no probe is due before its delay, nor sooner than a period after it was last due, nor before its last run ended', (t) => {
  fc.assert(
    fc.property(anyContainer, picks, (container, list) => {
      const last = new Map<ProbeKind, Ran>();
      for (const { ran } of play(container, list)) {
        const { initialDelaySeconds = 0, periodSeconds } = specOf(container, ran.kind);
        t.true(ran.due >= START + initialDelaySeconds * 1000);
        const previous = last.get(ran.kind);
        if (previous) t.true(ran.due >= previous.due + periodSeconds * 1000 && ran.due >= previous.ended);
        last.set(ran.kind, ran);
      }
    }),
  );
});

test('health changes only after as many equal results in a row as the threshold says', (t) => {
  fc.assert(
    fc.property(anyContainer, picks, (container, list) => {
      const results: Record<ProbeKind, ProbeResult[]> = { startup: [], readiness: [], liveness: [] };
      for (const { ran, before, after: next } of play(container, list)) {
        if (ran.result !== 'unknown') results[ran.kind].push(ran.result);
        if (before.health === next.health) continue;
        const { successThreshold, failureThreshold } = specOf(container, ran.kind);
        const needed = ran.result === 'success' ? successThreshold : failureThreshold;
        const counted = results[ran.kind].slice(-needed);
        t.true(counted.length === needed && counted.every((one) => one === ran.result));
      }
    }),
  );
});

test('the startup probe comes first, what has started or failed stays so, and what has failed is probed for readiness only', (t) => {
  fc.assert(
    fc.property(anyContainer, picks, (container, list) => {
      for (const { ran, before, after: next } of play(container, list)) {
        t.is(ran.kind === 'startup', !before.health.started);
        t.true(!before.health.started || next.health.started);
        t.true(next.health.started || !next.health.ready);
        if (before.health.failed === undefined) continue;
        t.is(ran.kind, 'readiness');
        t.is(next.health.failed, before.health.failed);
      }
    }),
  );
});
