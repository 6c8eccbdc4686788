import test from 'ava';
import { PodFilesError } from '../../../../src/agent/ports/pod-files.ts';
import { createDevice } from '../../../support/device.ts';
import { fakeHost } from '../../../support/fake-host.ts';
import { aContainer, aPod } from '../../../support/pod-builder.ts';

const configMap = (data: Record<string, string>) => ({
  ...{ apiVersion: 'v1' as const, kind: 'ConfigMap' as const, metadata: { name: 'settings', namespace: 'default' } },
  data,
});

test('volumes that are in use are said in an event, tried again, and gone when they are free', async (t) => {
  const { clock, master, files, boot } = createDevice();
  const agent = await boot();
  const pod = aPod('web', { spec: { volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }] } });
  master.want(pod);
  await agent.poke();
  const busy = new PodFilesError('the directories can not be removed: umount: target is busy');
  files.failing = (method) => (method === 'remove' ? busy : undefined);
  master.unwant('Pod', 'web');
  await agent.poke();
  await clock.advance(30_000);
  t.true(
    master.events.some(({ reason, message }) => reason === 'FailedKillPod' && /target is busy/.test(String(message))),
  );
  t.is((await files.list()).length, 1);
  files.failing = () => undefined;
  await clock.advance(120_000);
  t.deepEqual(await files.list(), []);
  await agent.crash();
});

test('projections follow their objects and the labels of the pod, without a restart', async (t) => {
  const { master, files, cri, boot } = createDevice();
  const agent = await boot();
  const fieldRef = { apiVersion: 'v1' as const, fieldPath: 'metadata.labels' };
  const sources = [
    { configMap: { name: 'settings', optional: true } },
    { downwardAPI: { items: [{ path: 'labels', fieldRef }] } },
  ];
  const pod = (step: string) =>
    aPod('web', {
      spec: { volumes: [{ name: 'v', projected: { sources, defaultMode: 0o644 } }] },
      metadata: { labels: { step } },
    });
  const shown = () =>
    Object.fromEntries(['labels', 'key'].map((name) => [name, files.contents.get(`/pods/uid-web/volumes/v/${name}`)]));
  master.want(pod('one'));
  await agent.poke();
  t.deepEqual(shown(), { labels: 'step="one"', key: undefined });
  master.want(configMap({ key: 'late' }));
  await agent.poke();
  t.deepEqual(shown(), { labels: 'step="one"', key: 'late' });
  master.want(pod('two'));
  await agent.poke();
  t.deepEqual(shown(), { labels: 'step="two"', key: 'late' });
  t.is(cri.containers.size, 1);
  await agent.crash();
});

test('a pod that has ended gives its volumes back, once, and keeps its status', async (t) => {
  const { master, files, cri, boot } = createDevice();
  const agent = await boot();
  const volumes = [{ name: 'v', configMap: { name: 'settings', defaultMode: 0o644 } }];
  master.want(configMap({ key: 'x' }));
  master.want(aPod('web', { spec: { restartPolicy: 'Never', volumes } }));
  await agent.poke();
  const shown = () => files.contents.get('/pods/uid-web/volumes/v/key');
  t.is(shown(), 'x');
  const [container] = cri.running();
  cri.exit(container?.id ?? '', 0);
  await agent.poke();
  await agent.crash();
  const next = await boot();
  await next.poke();
  t.is(master.status('web')?.phase, 'Succeeded');
  t.is(shown(), undefined);
  await next.crash();
});

test('a variable of a part of a volume that is not there is a CreateContainerConfigError that names it', async (t) => {
  const { master, boot } = createDevice();
  const agent = await boot();
  const volumeMounts = [{ name: 'v', mountPath: '/v', subPathExpr: '$(NONE)' }];
  const spec = { volumes: [{ name: 'v', emptyDir: {} }], containers: [aContainer('app', { volumeMounts })] };
  master.want(aPod('web', { spec }));
  await agent.poke();
  t.like(master.status('web')?.containerStatuses?.[0]?.state.waiting, {
    reason: 'CreateContainerConfigError',
    message: 'missing value for "NONE"',
  });
  await agent.crash();
});

test("a new sandbox gets the resolver that the node has then, and what is over Kubernetes' limits is said", async (t) => {
  const { clock, master, cri, boot } = createDevice();
  let servers = ['192.0.2.1'];
  const host = { ...fakeHost, resolvConf: async () => ({ servers, searches: [], options: [] }) };
  const agent = await boot({ host });
  const dnsOf = (name: string) => [...cri.sandboxes.values()].find((box) => box.name === name)?.config.dns?.servers;
  master.want(aPod('before'));
  await agent.poke();
  servers = ['192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5'];
  master.want(aPod('after'));
  await agent.poke();
  t.deepEqual(dnsOf('before'), ['192.0.2.1']);
  t.deepEqual(dnsOf('after'), ['192.0.2.2', '192.0.2.3', '192.0.2.4']);
  await clock.advance(1000);
  const [event, ...more] = master.events.filter(({ reason }) => reason === 'DNSConfigForming');
  t.regex(String(event?.['message']), /applied nameserver line is: 192\.0\.2\.2 192\.0\.2\.3 192\.0\.2\.4$/);
  t.is(more.length, 0);
  await agent.crash();
});
