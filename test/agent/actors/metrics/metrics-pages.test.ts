import test from 'ava';
import { metricsPages } from '../../../../src/agent/actors/metrics/metrics-pages.ts';
import type { Pages } from '../../../../src/common/metrics/page-server.ts';
import { createDevice } from '../../../support/device.ts';
import { memoryOf, podUsage } from '../../../support/fake-usage.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';
import { promtoolAccepts } from '../../../support/promtool.ts';

const MIB = 1024 * 1024;

test('evictions are counted by what was short, as the kubelet counts them', async (t) => {
  const device = createDevice();
  const { clock, master, pressure, usage } = device;
  let pages: Pages = {};
  const server = {
    serve: (served: Pages) => {
      pages = served;
      return () => {};
    },
  };
  const agent = await device.boot({ metricsPages: { pages: metricsPages, server, ownSeries: () => {} } });
  const counted = async (): Promise<readonly string[]> => {
    const page = await pages['/metrics']?.();
    promtoolAccepts(t, page?.body ?? '');
    return (page?.body ?? '').split('\n').filter((line) => line.startsWith('kubelet_evictions{'));
  };
  master.want(aPod('web', { spec: { containers: [aContainer('app')] } }));
  const volumes = [{ name: 'data', emptyDir: { sizeLimit: '1Mi' } }];
  master.want(aPod('writer', { spec: { containers: [aContainer('app')], volumes } }));
  await agent.poke();
  await clock.advance(2000);
  t.deepEqual(await counted(), []);
  const full = { name: 'data', medium: 'disk' as const, usedBytes: 2 * MIB };
  usage.pods.set(String(aPod('writer').metadata.uid), podUsage('writer', { volumes: [full] }));
  await clock.advance(30_000);
  t.deepEqual(await counted(), ['kubelet_evictions{eviction_signal="emptydirfs.limit"} 1']);
  usage.pods.set(String(aPod('web').metadata.uid), podUsage('web', { memory: memoryOf(900 * MIB) }));
  pressure.left('memory.available', 1);
  await clock.advance(15_000);
  t.like(master.status('web'), { reason: 'Evicted' });
  t.true((await counted()).includes('kubelet_evictions{eviction_signal="memory.available"} 1'));
  await agent.crash();
});
