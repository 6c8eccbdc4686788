import test from 'ava';
import { drainable } from '../../src/cli/drain/drainable.ts';
import { aPod } from '../support/pod-builder.ts';
import { clientRig } from './client-rig.ts';
import { codes } from './run-client.ts';

const rig = clientRig(test);
const node = (name: string): string =>
  `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}, labels: {site: ${name}}}\n`;
const pod = (name: string, on: string, more = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: ${name}}}\nspec:\n  nodeName: ${on}\n  terminationGracePeriodSeconds: 0\n  containers: [{name: a, image: b}]\n${more}`;
const apply = async (text: string): Promise<void> => {
  await rig.client.run(['apply', '-f', '-'], text);
};

test('cordon and uncordon say what they did, and what was so already', async (t) => {
  await apply(node('corded'));
  const run = async (...args: string[]) => (await rig.client.run(args)).stdout;
  const state = () => run('get', 'node/corded', '-o', 'jsonpath={.spec.unschedulable}');
  t.is(await run('cordon', 'corded', '--dry-run'), 'node/corded cordoned (dry run)\n');
  t.is((await state()).trim(), '');
  t.is(await run('cordon', 'corded'), 'node/corded cordoned\n');
  t.is(await run('cordon', 'node/corded'), 'node/corded already cordoned\n');
  t.is((await state()).trim(), 'true');
  t.is(await run('uncordon', '-l', 'site=corded'), 'node/corded uncordoned\n');
  t.is((await state()).trim(), '');
  t.is((await rig.client.run(['cordon', 'nobody'])).code, codes.notFound);
  t.is((await rig.client.run(['cordon'])).code, codes.usage);
});

test('a drain is refused, and ends nothing, while pods would be lost that nobody has allowed it to lose', async (t) => {
  await apply(`${node('kept')}---\n${pod('lone', 'kept', '  volumes: [{name: v, emptyDir: {}}]\n')}`);
  const ran = await rig.client.run(['drain', 'kept', '--force']);
  t.is(ran.code, codes.failed);
  t.regex(
    ran.stderr,
    /unable to drain node "kept": cannot delete Pods with local storage \(use --delete-emptydir-data/,
  );
  const alone = await rig.client.run(['drain', 'kept']);
  t.regex(
    alone.stderr,
    /declare no controller \(use --force to override\): default\/lone; cannot delete Pods with local/,
  );
  t.is((await rig.client.run(['get', 'pod/lone', '-o', 'name'])).stdout, 'pod/lone\n');
});

test('a drain keeps new pods away and ends those that are there, and no others', async (t) => {
  await apply(`${node('emptied')}---\n${pod('here', 'emptied')}---\n${pod('there', 'elsewhere')}`);
  const trial = await rig.client.run(['drain', 'emptied', '--force', '--dry-run']);
  t.is(
    trial.stdout,
    'node/emptied cordoned (dry run)\nevicting pod default/here (dry run)\nnode/emptied drained (dry run)\n',
  );
  const ran = await rig.client.run(['drain', 'emptied', '--force', '--grace-period=0']);
  t.is(
    ran.stdout,
    'node/emptied cordoned\nevicting pod default/here\npod/here evicted\nnode/emptied drained\n',
    ran.stderr,
  );
  t.is(ran.stderr, 'Warning: deleting Pods that declare no controller: default/here\n');
  t.is((await rig.client.run(['get', 'pods', '-o', 'name', '-l', 'app in (here,there)'])).stdout, 'pod/there\n');
});

test('static pods stay, and what is over has nothing to lose', (t) => {
  const mirror = aPod('mirror', { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } });
  const over = { ...aPod('over'), status: { phase: 'Succeeded' } } as ReturnType<typeof aPod>;
  const owned = aPod('owned', {
    metadata: {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true }],
    },
  });
  t.deepEqual(drainable([mirror, over, owned], {}), { pods: [over, owned], refusals: [], warnings: [] });
});
