import test from 'ava';
import type { Container } from '../../../../src/common/model/container.ts';
import { factsOf } from '../../../../src/master/core/scheduling/pod-facts.ts';
import { takenBy } from '../../../../src/master/core/scheduling/pod-requests.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const asks = (name: string, cpu: string, more: Partial<Container> = {}): Container =>
  aContainer(name, { resources: { requests: { cpu } }, ...more });
const sidecar = (name: string, cpu: string): Container => asks(name, cpu, { restartPolicy: 'Always' });
const cpuOf = (containers: Container[], initContainers: Container[]): number | undefined =>
  takenBy(aPod('a', { spec: { containers, initContainers } })).requests.get('cpu');

test('init containers run alone: the largest of them counts where it is more than all containers', (t) => {
  t.is(cpuOf([asks('a', '1'), asks('b', '2')], [asks('i', '2')]), 3000);
  t.is(cpuOf([asks('a', '1')], [asks('i', '2'), asks('j', '4')]), 4000);
});

test('sidecars count beside the containers, and beside the init containers that come after them', (t) => {
  t.is(cpuOf([asks('a', '1')], [sidecar('s', '2')]), 3000);
  t.is(cpuOf([asks('a', '1')], [sidecar('s', '2'), asks('i', '4')]), 6000);
  t.is(cpuOf([asks('a', '1')], [asks('i', '4'), sidecar('s', '2')]), 4000);
  t.is(cpuOf([asks('a', '1')], [sidecar('s', '2'), asks('i', '4'), sidecar('r', '5')]), 8000);
});

test('what a node has still granted counts until a resize to less is done', (t) => {
  const status = { name: 'a', state: {}, lastState: {}, ready: true, restartCount: 0, image: 'a', imageID: '' };
  const pod = aPod('a', { spec: { containers: [asks('a', '1')] } });
  const resizing = {
    ...pod,
    status: { phase: 'Running' as const, containerStatuses: [{ ...status, allocatedResources: { cpu: '2' } }] },
  };
  t.is(takenBy(resizing).requests.get('cpu'), 2000);
  const enforced = {
    ...pod,
    status: { phase: 'Running' as const, containerStatuses: [{ ...status, resources: { requests: { cpu: '3' } } }] },
  };
  t.is(takenBy(enforced).requests.get('cpu'), 3000);
});

test('a container without requests is scored with stand-ins, sidecars too; their host ports are taken', (t) => {
  const ports = [{ containerPort: 80, hostPort: 8080, protocol: 'TCP' as const }];
  const pod = aPod('a', { spec: { initContainers: [aContainer('s', { restartPolicy: 'Always', ports })] } });
  const { scored, requests, ports: taken } = factsOf(pod);
  t.deepEqual(scored, { cpu: 200, memory: 2 * 200 * 1024 * 1024 });
  t.deepEqual([...requests], []);
  t.deepEqual(taken, [{ ip: '0.0.0.0', protocol: 'TCP', port: 8080 }]);
});
