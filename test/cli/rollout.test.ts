import test from 'ava';
import { clientRig } from './client-rig.ts';
import { codes } from './run-client.ts';

const rig = clientRig(test);

const key = (name: string) => ({ resource: 'deployments', namespace: 'default', name });
const template = (image: string, hash?: string) => ({
  metadata: { labels: { app: 'web', ...(hash && { 'pod-template-hash': hash }) } },
  spec: { containers: [{ name: 'main', image }] },
});
const selector = { matchLabels: { app: 'web' } };

/** A Deployment of the last image, with a ReplicaSet for each, as its controller would have made them. */
async function deployed(name: string, images: readonly string[]): Promise<void> {
  const { metadata } = await rig.master.api.create('deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: { selector, template: template(images.at(-1) ?? '') },
  });
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid: metadata.uid, controller: true };
  for (const [index, image] of images.entries())
    await rig.master.api.create('replicasets', {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${index + 1}`,
        namespace: 'default',
        ownerReferences: [owner],
        annotations: {
          'deployment.kubernetes.io/revision': String(index + 1),
          ...(index === 0 ? { 'kubernetes.io/change-cause': 'first try' } : {}),
        },
      },
      spec: { selector: { matchLabels: { 'pod-template-hash': `h${index}` } }, template: template(image, `h${index}`) },
    });
}
const imageOf = async (name: string): Promise<string> =>
  (await rig.client.run(['get', 'deploy', name, '-o', 'jsonpath={.spec.template.spec.containers[0].image}'])).stdout;

test('history lists the revisions with their causes, and shows the template of one', async (t) => {
  await deployed('told', ['web:1', 'web:2']);
  const { stdout } = await rig.client.run(['rollout', 'history', 'deploy/told']);
  t.is(stdout, 'deployment.apps/told \nREVISION   CHANGE-CAUSE\n1          first try\n2          <none>\n\n');
  const one = await rig.client.run(['rollout', 'history', 'deploy/told', '--revision=1']);
  t.regex(one.stdout, /^deployment\.apps\/told with revision #1\n[\s\S]*image: web:1/);
  t.notRegex(one.stdout, /pod-template-hash/);
});

test('undo goes back to the revision before, or to the one that is named', async (t) => {
  await deployed('back', ['web:1', 'web:2', 'web:3']);
  t.is((await rig.client.run(['rollout', 'undo', 'deploy/back'])).stdout, 'deployment.apps/back rolled back\n');
  t.is(await imageOf('back'), 'web:2');
  t.is((await rig.client.run(['rollout', 'undo', 'deploy/back', '--to-revision=1'])).code, codes.ok);
  t.is(await imageOf('back'), 'web:1');
});

test('undo to what is there already changes nothing and says so', async (t) => {
  await deployed('same', ['web:1', 'web:2']);
  const before = await rig.master.api.get(key('same'));
  const { stdout } = await rig.client.run(['rollout', 'undo', 'deploy/same', '--to-revision=2']);
  t.is(stdout, 'deployment.apps/same skipped rollback (current template already matches revision 2)\n');
  t.is((await rig.master.api.get(key('same'))).metadata.resourceVersion, before.metadata.resourceVersion);
});

test('undo without a revision to go to is refused', async (t) => {
  await deployed('only', ['web:1']);
  const none = await rig.client.run(['rollout', 'undo', 'deploy/only']);
  t.is(none.code, codes.failed);
  t.regex(none.stderr, /no rollout history found for deployment "only"/);
  const wrong = await rig.client.run(['rollout', 'undo', 'deploy/only', '--to-revision=7']);
  t.regex(wrong.stderr, /unable to find revision 7 of deployment "only"; there are 1/);
});

test('restart notes the time in the template and nothing else', async (t) => {
  await deployed('again', ['web:1']);
  t.is((await rig.client.run(['rollout', 'restart', 'deploy/again'])).stdout, 'deployment.apps/again restarted\n');
  const { spec } = (await rig.master.api.get(key('again'))) as unknown as {
    spec: { template: ReturnType<typeof template> };
  };
  const { annotations } = spec.template.metadata as { annotations?: Record<string, string> };
  t.deepEqual(Object.keys(annotations ?? {}), ['kubectl.kubernetes.io/restartedAt']);
  t.is(await imageOf('again'), 'web:1');
});

test('status follows the rollout to its end, and ends with 1 when its deadline has passed', async (t) => {
  await deployed('going', ['web:1']);
  const status = async (fields: object) =>
    await rig.master.api.updateStatus(key('going'), { ...(await rig.master.api.get(key('going'))), status: fields });
  await status({ observedGeneration: 1, replicas: 1, updatedReplicas: 1 });
  const going = rig.client.start(['rollout', 'status', 'deploy/going']);
  await going.said(/0 of 1 updated replicas are available/);
  await status({ observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 });
  await going.said(/successfully rolled out\n/);
  const progress = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };
  await status({ observedGeneration: 1, conditions: [progress] });
  const failed = await rig.client.run(['rollout', 'status', 'deploy/going']);
  t.is(failed.code, codes.failed);
  t.is(failed.stderr, 'error: deployment "going" exceeded its progress deadline\n');
});
