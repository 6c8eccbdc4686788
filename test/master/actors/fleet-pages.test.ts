import test, { type ExecutionContext } from 'ava';
import { FakeClock } from '../../../src/common/actor/fake-clock.ts';
import { silentLogger } from '../../../src/common/actor/silent-logger.ts';
import { createSystem } from '../../../src/common/actor/system.ts';
import { masterFamilies } from '../../../src/common/metrics/master.ts';
import { createMeter } from '../../../src/common/metrics/meter.ts';
import type { Pages } from '../../../src/common/metrics/page-server.ts';
import type { KubeObject } from '../../../src/common/model/meta.ts';
import { processSeries } from '../../../src/common/process/process-series.ts';
import { countRequest } from '../../../src/master/actors/api-meter.ts';
import { fleetPages } from '../../../src/master/actors/fleet-pages.ts';
import type { ApiCall } from '../../../src/master/ports.ts';
import { promtoolAccepts } from '../../support/promtool.ts';
import { podUsing, sweepAt } from '../../support/sweep-builder.ts';

const node = (name: string, ready = 'True'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, creationTimestamp: '2026-11-21T10:00:00Z' },
  spec: { taints: [{ key: 'bramble.io/under-voltage', effect: 'PreferNoSchedule' }] },
  status: {
    device: { storage: [{ name: 'mmcblk0', lifeUsedPercent: 20 }, { name: 'mmcblk1' }] },
    conditions: [{ type: 'Ready', status: ready }],
    allocatable: { cpu: '3500m', memory: '1Gi', pods: '110' },
  },
});
const pod = (name: string, nodeName: string | undefined): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'default',
    uid: `uid-${name}`,
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'u', controller: true }],
  },
  spec: {
    ...(nodeName === undefined ? {} : { nodeName }),
    containers: [{ name: 'main', image: 'app:1', resources: { requests: { cpu: '250m', memory: '64Mi' } } }],
  },
  status: {
    phase: nodeName === undefined ? 'Pending' : 'Running',
    conditions:
      nodeName === undefined ? [{ type: 'PodScheduled', status: 'False' }] : [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      {
        ...{ name: 'main', image: 'app:1', restartCount: 2 },
        ...(nodeName === undefined ? { state: { waiting: { reason: 'ImagePullBackOff' } } } : {}),
        lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
      },
    ],
  },
});

const evicted = { ...pod('gone', 'pi-1'), status: { phase: 'Failed', reason: 'Evicted' } };

async function rig(t: ExecutionContext) {
  const clock = new FakeClock();
  const system = createSystem({ clock, log: silentLogger, random: () => 0.5 });
  let pages: Pages = {};
  const asked: string[] = [];
  const objects: Readonly<Record<string, readonly KubeObject[]>> = {
    nodes: [node('pi-1'), node('pi.2'), node('lost', 'Unknown'), node('mute')],
    pods: [pod('web', 'pi-1'), pod('waits', undefined), evicted],
  };
  const meter = createMeter();
  system.spawn(
    'pages',
    fleetPages({
      server: {
        serve: (given) => {
          pages = given;
          return () => {};
        },
      },
      lists: {
        caughtUp: async () => {},
        get: () => undefined,
        list: (resource) => ({ objects: objects[resource] ?? [], revision: 1 }),
      },
      usage: {
        samples: async (nodes) => {
          asked.push(...nodes);
          const answering = nodes.filter((name) => name !== 'mute');
          return new Map(answering.map((name) => [name, sweepAt(1, [podUsing('web')])]));
        },
      },
      ownSeries: (add) => {
        processSeries(add, 'master', '1.2.3');
        meter.series(add);
      },
    }),
  );
  await clock.settle();
  const text = async (path: string): Promise<string> => {
    const page = await pages[path]?.();
    t.truthy(page, path);
    return page?.body ?? '';
  };
  return { text, asked, meter, paths: () => Object.keys(pages) };
}

/** The order of labels means nothing. */
function sorted(line: string): string {
  const [, name, labels, value] = /^([^{]*)\{(.*)\} (.*)$/.exec(line) ?? [];
  return labels === undefined ? line : `${name}{${labels.split(/,(?=\w+=")/).sort()}} ${value}`;
}
const seriesOf = (page: string): ReadonlySet<string> => new Set(page.split('\n').map(sorted));

test("the fleet's pages name the node in each series, and leave out who does not answer", async (t) => {
  const { text, asked } = await rig(t);
  for (const path of ['/metrics/cadvisor', '/metrics/resource', '/metrics/nodes']) {
    const page = await text(path);
    promtoolAccepts(t, page);
    t.regex(page, /\nbramble_nodes_answering 2\n/);
    const bare = page
      .split('\n')
      .filter((line) => /^(container|node|pod|kubelet|machine)_/.test(line) && !line.includes('node="'));
    t.deepEqual(bare, []);
  }
  const page = await text('/metrics/cadvisor');
  t.regex(page, /container_memory_working_set_bytes\{.*pod="web".*container="main".*node="pi-1".*\} 20971520/);
  t.regex(page, /machine_cpu_cores\{.*node="pi\.2",instance="pi\.2"\} 4/);
  t.false(asked.includes('lost'));
});

test('the state of pods and nodes has the names that boards join usage with', async (t) => {
  const { text } = await rig(t);
  const page = await text('/metrics/state');
  promtoolAccepts(t, page);
  for (const line of [
    'kube_pod_info{namespace="default",pod="web",uid="uid-web",node="pi-1",created_by_kind="ReplicaSet",created_by_name="rs"} 1',
    'kube_pod_container_resource_requests{namespace="default",pod="web",uid="uid-web",container="main",node="pi-1",resource="cpu",unit="core"} 0.25',
    'kube_pod_container_resource_requests{namespace="default",pod="web",uid="uid-web",container="main",node="pi-1",resource="memory",unit="byte"} 67108864',
    'kube_node_status_allocatable{node="pi-1",resource="cpu",unit="core"} 3.5',
    'kube_node_status_allocatable{node="pi-1",resource="pods",unit="integer"} 110',
    'kube_node_status_condition{node="lost",condition="Ready",status="unknown"} 1',
    'kube_node_spec_taint{node="pi-1",key="bramble.io/under-voltage",effect="PreferNoSchedule"} 1',
    'bramble_node_storage_life_used_ratio{node="pi-1",device="mmcblk0"} 0.2',
    'kube_pod_status_phase{namespace="default",pod="waits",uid="uid-waits",phase="Pending"} 1',
    'kube_pod_status_reason{namespace="default",pod="gone",uid="uid-gone",reason="Evicted"} 1',
    'kube_pod_container_status_waiting_reason{namespace="default",pod="waits",uid="uid-waits",container="main",reason="ImagePullBackOff"} 1',
    'kube_pod_container_status_last_terminated_reason{namespace="default",pod="web",uid="uid-web",container="main",reason="OOMKilled"} 1',
    'kube_pod_container_status_restarts_total{namespace="default",pod="web",uid="uid-web",container="main"} 2',
  ]) {
    t.true(seriesOf(page).has(sorted(line)), line);
  }
});

test('the master tells of its requests, queues and pods that wait', async (t) => {
  const { text, meter } = await rig(t);
  const call = (verb: string, resource: string): ApiCall => ({
    verb,
    resource,
    body: new Uint8Array(),
    answer: () => {},
  });
  countRequest(meter, call('get', 'pods/status'), 200, 500);
  countRequest(meter, call('get', 'pods'), 200, 250);
  for (let index = 0; index < 100; index += 1) countRequest(meter, call(`verb-${index}`, `thing-${index}`), 404, 1);
  meter.watch(masterFamilies.queue, { name: 'deployments' }, () => 7);
  const page = await text('/metrics');
  promtoolAccepts(t, page);
  for (const line of [
    'apiserver_request_total{verb="get",resource="pods",code="200"} 2',
    'apiserver_request_total{verb="other",resource="other",code="404"} 100',
    'bramble_api_request_seconds_total{verb="get"} 0.75',
    'workqueue_depth{name="deployments"} 7',
    'scheduler_pending_pods{queue="unschedulable"} 1',
    'scheduler_pending_pods{queue="active"} 0',
    'apiserver_storage_objects{resource="pods"} 3',
    'bramble_build_info{version="1.2.3",program="master"} 1',
  ]) {
    t.true(seriesOf(page).has(sorted(line)), line);
  }
});
