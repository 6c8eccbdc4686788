/** What this device is and how it does: told to the link when something changed. */

import type { Behavior, Millis, Ref } from '../../common/actor/types.ts';
import { deepEqual } from '../../common/lib/deep.ts';
import type { Node, NodeStatus } from '../../common/model/node.ts';
import { type NodeHealth, nodeConditions } from '../core/node-conditions.ts';
import { type Cri, CriError, type Host, type Labels } from '../ports.ts';
import type { LinkMessage } from './link.ts';

export type NodeStatusMessage =
  | { readonly type: 'look' }
  | { readonly type: 'found'; readonly look: Look }
  | { readonly type: 'failed'; readonly error: unknown };
type Look = { readonly status: NodeStatus; readonly labels: Labels; readonly health: NodeHealth };

const PERIOD: Millis = 10_000;
/** While the runtime is away: its return is noticed soon. */
const UNREADY_PERIOD: Millis = 2000;

export function nodeStatus(deps: {
  readonly node: string;
  readonly labels: Labels;
  readonly host: Host;
  readonly cri: Pick<Cri, 'status'>;
  readonly link: Ref<LinkMessage>;
}): Behavior<NodeStatusMessage> {
  return (self) => {
    let told: Node | undefined;

    function look(): void {
      self.pipe(
        async () => {
          const health = { runtime: await runtimeHealth(deps.cri), usage: await deps.host.usage?.() };
          return { ...(await deps.host.describe()), health };
        },
        (found) => ({ type: 'found', look: found }),
        (error) => ({ type: 'failed', error }),
      );
    }

    look();
    return {
      on: {
        look,
        found({ look: { status, labels, health } }) {
          const conditions = nodeConditions(health, told?.status?.conditions, self.clock.now());
          const node: Node = {
            apiVersion: 'v1',
            kind: 'Node',
            metadata: { name: deps.node, labels: { ...labels, ...deps.labels } },
            spec: {},
            status: { ...status, conditions },
          };
          if (!deepEqual(node, told)) {
            told = node;
            deps.link.tell({ type: 'node', object: node });
          }
          self.after(health.runtime.ready ? PERIOD : UNREADY_PERIOD, { type: 'look' }, 'look');
        },
        failed({ error }) {
          throw error;
        },
      },
    };
  };
}

async function runtimeHealth(cri: Pick<Cri, 'status'>): Promise<NodeHealth['runtime']> {
  try {
    const { runtimeReady, networkReady, message } = await cri.status();
    if (!runtimeReady) return { ready: false, message: `container runtime is down: ${message}` };
    if (!networkReady) return { ready: false, message: `container runtime network not ready: ${message}` };
    return { ready: true };
  } catch (error) {
    if (error instanceof CriError) return { ready: false, message: error.message };
    throw error;
  }
}
