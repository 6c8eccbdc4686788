/** The root of the agent: starts its parts and hands them what the master says. */

import type { Behavior, Millis } from '../../common/actor/types.ts';
import { toBytes } from '../../common/lib/quantity.ts';
import type { DeviceMessage } from '../../common/wire/agent-protocol.ts';
import { type NodeFacts, nodeIps } from '../core/node/node-facts.ts';
import type { CgroupFacts } from '../ports/cgroups.ts';
import type { Host } from '../ports/host.ts';
import type { AgentDeps } from './agent-deps.ts';
import { devices } from './devices/devices.ts';
import { guards } from './guards.ts';
import { imageService } from './images/image-service.ts';
import { link } from './link/link.ts';
import { nodeStatus } from './link/node-status.ts';
import { podEvents } from './link/pod-events.ts';
import { reporter } from './link/reporter.ts';
import { meters } from './meters.ts';
import { podSources } from './pod-sources.ts';
import { probes } from './probes/probes.ts';
import { relistPeriods } from './relist.ts';
import { mirrors } from './sources/mirrors.ts';
import { overview } from './sources/overview.ts';
import { pods } from './sources/pods.ts';
import { logs } from './streams/logs.ts';
import { sessions } from './streams/sessions.ts';
import { wholeAgain } from './whole-again.ts';

/** Expose the root under `nodeDownPath(node)` with `deviceWire`; tell it `who` when the connection was lost and is back. */
export function agentBehavior(deps: AgentDeps): Behavior<DeviceMessage> {
  return async (self) => {
    const { node, master, cgroups, checks, cri, host, files, random, images } = deps;
    const facts = { ...(await nodeFacts(node, host, cgroups.facts)), unsafeSysctls: deps.unsafeSysctls, pressure: [] };
    const events = self.spawn('events', podEvents(deps));
    const reports = self.spawn('reporter', reporter({ node, master, random }), wholeAgain);
    const health = self.spawn('node-status', nodeStatus(deps), wholeAgain);
    const device = self.spawn('overview', overview({ reporter: reports, nodeStatus: health }), wholeAgain);
    const mirror = self.spawn('mirrors', mirrors({ node, master, reports: device, events, random }), wholeAgain);
    const periods = deps.relistPeriods ?? relistPeriods;
    const prober = self.spawn('probes', probes({ cri, checks, events, random }), wholeAgain);
    const { usage, metrics, storms, meter } = meters(self, deps, { nodeStatus: health, events });
    const offers = deps.deviceNodes && {
      resources: deps.deviceNodes.resources,
      ref: self.spawn('devices', devices({ cri, nodes: deps.deviceNodes })),
    };
    const podsRef = self.spawn(
      'pods',
      pods({
        cgroups,
        checks,
        probes: prober,
        logs: deps.logs,
        cri,
        host,
        devices: offers,
        files,
        uptime: deps.journal,
        node: facts,
        nodeStatus: health,
        events,
        reporter: device,
        mirrors: mirror,
        overview: device,
        listeners: [usage, storms],
        relistPeriods: periods,
        sources: ['master', 'file', 'local', ...(deps.manifestUrl === undefined ? [] : ['http' as const])],
        registries: images.registries,
        maxPulls: images.maxPulls,
      }),
      wholeAgain,
    );
    const links = self.spawn(
      'link',
      link({
        ...deps,
        pods: podsRef,
        reporter: reports,
        nodeStatus: health,
        events,
        mirrors: mirror,
        overview: device,
      }),
    );
    self.spawn('images', imageService(cri, images, facts.architecture));
    self.spawn('logs', logs({ cri, logs: deps.logs, server: deps.streamServer }));
    guards(self, deps, { usage, storms, pods: podsRef, nodeStatus: health, events, meter });
    self.spawn('sessions', sessions({ cri, runtime: deps.runtimeStreams, server: deps.streamServer }));
    podSources(self, deps, { pods: podsRef, events, overview: device, metrics });
    return {
      on: {
        poke: (message) => {
          links.tell(message);
          mirror.tell(message);
        },
        who(message) {
          links.tell(message);
          metrics.tell({ type: 'online' });
        },
        usage: (message, { reply }) => void metrics.ask(message, USAGE_LIMIT).then(reply, refusing(reply)),
        history: (message, { reply }) => void metrics.ask(message, USAGE_LIMIT).then(reply, refusing(reply)),
        summary: (message, { reply }) => void metrics.ask(message, USAGE_LIMIT).then(reply, refusing(reply)),
        metrics: (message, { reply }) => void metrics.ask(message, USAGE_LIMIT).then(reply, refusing(reply)),
      },
    };
  };
}

/** The asker has its own limit, which is shorter. */
const USAGE_LIMIT: Millis = 25_000;

function refusing(reply: (answer: { error: string }) => void): (error: unknown) => void {
  return (error) => reply({ error: String(error) });
}

async function nodeFacts(
  name: string,
  host: Host,
  cgroups: CgroupFacts,
): Promise<Omit<NodeFacts, 'unsafeSysctls' | 'pressure'>> {
  const { status } = await host.describe();
  return {
    name,
    ips: nodeIps(status),
    ...(status.nodeInfo === undefined ? {} : { architecture: status.nodeInfo.architecture }),
    memoryBytes: toBytes(status.capacity?.['memory'] ?? '0'),
    allocatable: status.allocatable ?? {},
    cgroups,
  };
}
