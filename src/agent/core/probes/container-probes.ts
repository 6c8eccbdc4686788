/** The probes of one attempt at a container together: the startup probe holds the others back, and all make up its health. */

import type { Millis } from '../../../common/lib/time.ts';
import type { Container } from '../../../common/model/container.ts';
import type { Pod } from '../../../common/model/pod.ts';
import type { Probe } from '../../../common/model/probe.ts';
import type { ContainerHealth } from '../pod/container-health.ts';
import { afterResult, dueNow, newProbe, type ProbeKind, type ProbeResult, type ProbeState } from './probe.ts';

export type ContainerProbes = {
  /** When it was first seen running. */
  readonly startedAt: Millis;
  readonly health: ContainerHealth;
  readonly states: Readonly<Partial<Record<ProbeKind, ProbeState>>>;
};
/** What was known of a container before. */
type Known = Pick<ContainerHealth, 'id' | 'started' | 'ready'>;

const KINDS: readonly ProbeKind[] = ['startup', 'readiness', 'liveness'];

export function probeOf(container: Container, kind: ProbeKind): Probe | undefined {
  switch (kind) {
    case 'startup':
      return container.startupProbe;
    case 'readiness':
      return container.readinessProbe;
    case 'liveness':
      return container.livenessProbe;
  }
}

export function hasProbes(container: Container): boolean {
  return KINDS.some((kind) => probeOf(container, kind) !== undefined);
}

/** The health of attempt `id` that no probe has looked at yet: neither started nor ready where a probe decides, unless it was known before. */
export function healthAtFirst(container: Container, id: string, before: Known | undefined): ContainerHealth {
  const known = before?.id === id ? before : undefined;
  const started = container.startupProbe === undefined || known?.started === true;
  const ready = started && (container.readinessProbe === undefined || known?.ready === true);
  return { id, started, ready };
}

/**
 * Probes of attempt `id`. Those of a container that was known before are spread over their first period by `random` (from 0
 * up to 1): an agent that starts with many of them does not probe them all at once, and ever after in step.
 */
export function newContainerProbes(
  container: Container,
  id: string,
  startedAt: Millis,
  before: Known | undefined,
  random: () => number,
): ContainerProbes {
  const health = healthAtFirst(container, id, before);
  const states: Partial<Record<ProbeKind, ProbeState>> = {};
  for (const kind of KINDS) {
    const probe = probeOf(container, kind);
    if (probe === undefined) continue;
    const spread = before?.id === id ? random() * probe.periodSeconds * 1000 : 0;
    states[kind] = newProbe(probe, startedAt, kind === 'readiness' ? health.ready : undefined, spread);
  }
  return { startedAt, health, states };
}

/** The kinds that are to run, each with its time. `ending`: the pod is being deleted, and only its readiness still matters. */
export function probesDue(probes: ContainerProbes, ending: boolean): readonly (readonly [ProbeKind, Millis])[] {
  return KINDS.flatMap((kind) => {
    const state = probes.states[kind];
    return state === undefined || !runs(probes.health, kind, ending) ? [] : [[kind, state.dueAt] as const];
  });
}

/** A result of a probe that does not run any more changes nothing. */
export function withResult(
  probes: ContainerProbes,
  { pod, container }: { readonly pod: Pod; readonly container: Container },
  kind: ProbeKind,
  result: ProbeResult,
  now: Millis,
): ContainerProbes {
  const before = probes.states[kind];
  const probe = probeOf(container, kind);
  if (before === undefined || probe === undefined || !runs(probes.health, kind, false)) return probes;
  const state = afterResult(before, probe, result, now);
  const next = { ...probes, states: { ...probes.states, [kind]: state } };
  if (state.verdict === undefined) return next;
  if (kind === 'readiness') return withHealth(next, { ready: state.verdict });
  if (state.verdict) return kind === 'startup' ? started(next, container, now) : next;
  const restarts = pod.spec.restartPolicy !== 'Never' || container.restartPolicy === 'Always';
  const message = `Container ${container.name} failed ${kind} probe${restarts ? ', will be restarted' : ''}`;
  const graceSeconds = probe.terminationGracePeriodSeconds;
  return withHealth(next, {
    failed: { probe: kind, message, ...(graceSeconds === undefined ? {} : { graceSeconds }) },
  });
}

/** Startup and liveness probes fail a container once, and are not run while it is on its way out. */
function runs({ started, failed }: ContainerHealth, kind: ProbeKind, ending: boolean): boolean {
  if (kind === 'readiness') return started;
  return !ending && failed === undefined && started === (kind === 'liveness');
}

function started(probes: ContainerProbes, container: Container, now: Millis): ContainerProbes {
  const states = { ...probes.states };
  for (const kind of ['readiness', 'liveness'] as const) {
    const [state, probe] = [states[kind], probeOf(container, kind)];
    if (state !== undefined && probe !== undefined) states[kind] = dueNow(state, probe, probes.startedAt, now);
  }
  const ready = container.readinessProbe === undefined;
  return withHealth({ ...probes, states }, { started: true, ready });
}

/** An equal health stays the same object. */
function withHealth(probes: ContainerProbes, change: Partial<ContainerHealth>): ContainerProbes {
  const health = { ...probes.health, ...change };
  const { started: s, ready: r, failed: f } = probes.health;
  return health.started === s && health.ready === r && health.failed === f ? probes : { ...probes, health };
}
