import test from 'ava';
import { clientRig } from './client-rig.ts';
import { codes } from './run-client.ts';

const rig = clientRig(test);

const pod = (name: string, cpu: string, more = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  containers: [{name: a, image: b, resources: {requests: {cpu: "${cpu}"}}}]\n${more}`;

/** Three nodes, of which one is small and one tainted. */
async function createNodes(): Promise<void> {
  for (const [name, cpu, taints] of [
    ['pi-1', '4', []],
    ['pi-2', '1', []],
    ['pi-3', '8', [{ key: 'full', effect: 'NoSchedule' }]],
  ] as const) {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { taints } };
    const created = await rig.master.api.create('nodes', node);
    const allocatable = { cpu, memory: '4Gi', pods: '110' };
    const status = { allocatable, conditions: [{ type: 'Ready', status: 'True' }] };
    await rig.master.api.updateStatus({ resource: 'nodes', name }, { ...created, status });
  }
}
test.serial.beforeEach(async () => {
  const { items } = await rig.master.api.list('nodes');
  if (items.length === 0) await createNodes();
});

test.serial('a manifest is explained without being created: each node with its verdict, and the choice', async (t) => {
  const { stdout, code } = await rig.client.run(['explain-scheduling', '--dry-run', '-f', '-'], pod('web', '2'));
  t.is(code, codes.ok);
  t.regex(stdout, /^Pod: +default\/web \(dry run\)\nScheduler: +default-scheduler\nPriority: +0\n/);
  t.regex(stdout, /\nDecision: +pi-1: the highest total, \d+\n/);
  t.regex(stdout, /\nNODE +VERDICT +TOTAL +WHY\npi-1 +best +\d+ +.*NodeResourcesFit \d+×1/);
  t.regex(stdout, /\npi-2 +refused +- +NodeResourcesFit: Insufficient cpu\n/);
  t.regex(stdout, /\npi-3 +refused +- +TaintToleration: node\(s\) had untolerated taint \{full: \}\n/);
  t.is((await rig.client.run(['get', 'pod', 'web'])).code, codes.notFound);
});

test.serial('wide output shows every filter and every score, raw, normalised and weighed', async (t) => {
  const run = ['explain-scheduling', '--dry-run', '-f', '-', '-o', 'wide', '--node', 'pi-1'];
  const { stdout } = await rig.client.run(run, pod('web', '2'));
  t.regex(stdout, /\nNODE +VERDICT +TOTAL +PLUGIN +FILTER +RAW +SCORE +WEIGHT\n/);
  t.regex(stdout, /\npi-1 +best +\d+ +TaintToleration +passes +0 +100 +3\n/);
  t.regex(stdout, /\npi-1 +best +\d+ +NodePorts +passes +- +- +-\n/);
  t.notRegex(stdout, /pi-2/);
});

test.serial('a workload is explained by the pods that it makes, as data too', async (t) => {
  const workload =
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: big}\nspec:\n  selector: {matchLabels: {app: big}}\n  template:\n    metadata: {labels: {app: big}}\n    spec: {containers: [{name: a, image: b, resources: {requests: {cpu: "9"}}}]}\n';
  const { stdout } = await rig.client.run(['explain-scheduling', '--dry-run', '-f', '-', '-o', 'json'], workload);
  const told = JSON.parse(stdout);
  t.is(told.refusal, '0/3 nodes are available: 1 node(s) had untolerated taint {full: }, 2 Insufficient cpu.');
  t.deepEqual(told.best, []);
  t.is(told.preemption.none, 'no pod on any node has a lower priority');
});

test.serial(
  'a pending pod says where it waits and what will have it tried again; a bound one where it runs',
  async (t) => {
    await rig.client.run(['create', '-f', '-'], pod('waits', '5'));
    const waits = await rig.client.run(['explain-scheduling', 'waits']);
    t.regex(waits.stdout, /\nState: +about to be placed, 0 before it; not tried yet\n/);
    t.regex(waits.stdout, /\nPreemption: +no pod on any node has a lower priority\n/);
    const gates = '  schedulingGates: [{name: example.com/wait}]\n';
    await rig.client.run(['create', '-f', '-'], pod('gated', '1', gates));
    const gated = await rig.client.run(['explain-scheduling', 'pod/gated']);
    t.regex(
      gated.stdout,
      /\nGates: +example.com\/wait\nState: +waits until the last of its scheduling gates is taken away\n/,
    );
    await rig.client.run(['create', '-f', '-'], pod('runs', '1', '  nodeName: pi-2\n'));
    const runs = await rig.client.run(['explain-scheduling', 'runs']);
    t.regex(runs.stdout, /\nState: +bound to pi-2\n/);
    t.regex(runs.stdout, /\nDecision: +if it were placed now: pi-1: /);
  },
);

test.serial('what cannot be explained is refused with what is accepted', async (t) => {
  const run = async (...args: string[]) => await rig.client.run(['explain-scheduling', ...args], pod('x', '1'));
  t.is((await run()).code, codes.usage);
  t.is((await run('nobody')).code, codes.notFound);
  t.regex((await run('a', '-f', '-')).stderr, /-f goes with --dry-run/);
  const secret = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n';
  const none = await rig.client.run(['explain-scheduling', '--dry-run', '-f', '-'], secret);
  t.regex(none.stderr, /ConfigMap c makes no pods/);
});
