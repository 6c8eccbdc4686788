/** What this device is and how it does: told when something changed. Others add conditions of their own. */

import type { Behavior, Millis } from '../../../common/actor/types.ts';
import { deepEqual } from '../../../common/lib/deep.ts';
import type { Node, NodeDevice, NodeStatus } from '../../../common/model/node.ts';
import { isExtended } from '../../../common/model/rules/resources.ts';
import { type NodeHealth, nodeConditions } from '../../core/node/node-conditions.ts';
import { type Finding, withTransitions } from '../../core/pod/conditions.ts';
import type { Cgroups } from '../../ports/cgroups.ts';
import { type Cri, CriError, type Labels } from '../../ports/cri.ts';
import type { Host } from '../../ports/host.ts';

export type NodeStatusMessage =
  /** From now on this one is told too, at once if there is something to tell. */
  | { readonly type: 'listen'; readonly listener: NodeListener }
  /** A condition of the Node that another part of the agent knows; it takes the place of the one of its type. */
  | { readonly type: 'condition'; readonly finding: Finding }
  /** What was told of this type of condition counts no more. */
  | { readonly type: 'condition-over'; readonly of: string }
  /** What another part knows of the hardware; each field takes the place of the one before. Told coarsely: each change is a write in the store. */
  | { readonly type: 'device'; readonly device: Partial<NodeDevice> }
  | { readonly type: 'look' }
  | { readonly type: 'found'; readonly look: Look }
  | { readonly type: 'failed'; readonly error: unknown };
type NodeListener = { tell(message: { readonly type: 'node'; readonly object: Node }): boolean };
type Look = {
  readonly status: NodeStatus;
  readonly labels: Labels;
  readonly health: NodeHealth;
  /** `containerd://1.6.20`; undefined while the runtime is away. */
  readonly runtimeVersion: string | undefined;
};

const PERIOD: Millis = 10_000;
/** While the runtime is away: its return is noticed soon. */
const UNREADY_PERIOD: Millis = 2000;

export function nodeStatus(deps: {
  readonly node: string;
  readonly labels: Labels;
  readonly cgroups: Pick<Cgroups, 'facts'>;
  readonly host: Host;
  readonly cri: Pick<Cri, 'status' | 'version'>;
}): Behavior<NodeStatusMessage> {
  return (self) => {
    let told: Node | undefined;
    let known: string | undefined;
    const listeners = new Set<NodeListener>();
    let last: Look | undefined;
    const findings = new Map<string, Finding>();
    let device: NodeDevice = {};

    function look(): void {
      self.pipe(
        async () => {
          const { runtime, runtimeVersion } = await lookAtRuntime(deps.cri, known);
          const health = { runtime, cgroups: deps.cgroups.facts };
          return { ...(await deps.host.describe()), health, runtimeVersion };
        },
        (found) => ({ type: 'found', look: found }),
        (error) => ({ type: 'failed', error }),
      );
    }

    function tell({ status, labels, health, runtimeVersion }: Look): void {
      const [before, now] = [told?.status?.conditions, self.clock.wall()];
      const degraded = findings.get('Degraded');
      const others = [...findings.values()].filter((finding) => finding !== degraded);
      const added = withTransitions(others, before, now);
      const node: Node = {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: deps.node, labels: { ...labels, ...deps.labels } },
        spec: {},
        status: {
          ...withRuntime(status, runtimeVersion ?? told?.status?.nodeInfo?.containerRuntimeVersion),
          ...deviceOf(status, device),
          conditions: [...added, ...nodeConditions(health, before, now, degraded)],
        },
      };
      if (deepEqual(node, told)) return;
      told = node;
      for (const listener of listeners) listener.tell({ type: 'node', object: node });
    }

    look();
    return {
      on: {
        look,
        listen({ listener }) {
          listeners.add(listener);
          if (told !== undefined) listener.tell({ type: 'node', object: told });
        },
        condition({ finding }) {
          findings.set(finding.type, finding);
          if (last !== undefined) tell(last);
        },
        'condition-over'({ of }) {
          if (findings.delete(of) && last !== undefined) tell(last);
        },
        device({ device: part }) {
          device = { ...device, ...part };
          if (last !== undefined) tell(last);
        },
        found({ look: found }) {
          const { health, runtimeVersion } = found;
          known = runtimeVersion;
          last = found;
          tell(found);
          self.after(health.runtime.ready ? PERIOD : UNREADY_PERIOD, { type: 'look' }, 'look');
        },
        failed({ error }) {
          throw error;
        },
      },
    };
  };
}

/** A version that is known is asked for again only when the runtime was away: another one may be back. */
async function lookAtRuntime(
  cri: Pick<Cri, 'status' | 'version'>,
  known: string | undefined,
): Promise<{ readonly runtime: NodeHealth['runtime']; readonly runtimeVersion: string | undefined }> {
  try {
    const runtime = healthOf(await cri.status());
    if (known !== undefined) return { runtime, runtimeVersion: known };
    const { runtimeName, runtimeVersion } = await cri.version();
    return { runtime, runtimeVersion: `${runtimeName}://${runtimeVersion}` };
  } catch (error) {
    if (error instanceof CriError) {
      return { runtime: { ready: false, message: error.message }, runtimeVersion: undefined };
    }
    throw error;
  }
}

function healthOf({ runtimeReady, networkReady, message }: Awaited<ReturnType<Cri['status']>>): NodeHealth['runtime'] {
  if (!runtimeReady) return { ready: false, message: `container runtime is down: ${message}` };
  if (!networkReady) return { ready: false, message: `container runtime network not ready: ${message}` };
  return { ready: true };
}

/** With what the device offers by itself, so that the master knows what is gone when it offers it no more. */
function deviceOf({ capacity = {} }: NodeStatus, device: NodeDevice): Pick<NodeStatus, 'device'> {
  const resources = Object.keys(capacity).filter(isExtended);
  const all = { ...device, ...(resources.length === 0 ? {} : { resources }) };
  return Object.keys(all).length === 0 ? {} : { device: all };
}

function withRuntime(status: NodeStatus, version: string | undefined): NodeStatus {
  const { nodeInfo } = status;
  if (nodeInfo === undefined || version === undefined) return status;
  return { ...status, nodeInfo: { ...nodeInfo, containerRuntimeVersion: version } };
}
