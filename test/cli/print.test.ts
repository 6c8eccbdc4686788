import test from 'ava';
import { tableText } from '../../src/cli/print/table.ts';
import { deploymentState } from '../../src/cli/rollout-state.ts';

test('a table aligns its columns, and strings from the cluster cannot steer the terminal', (t) => {
  const rows = [
    ['a', 'up\u001b[2J\nnext'],
    ['longer', 'x\u202ey'],
  ];
  t.is(tableText({ headers: ['NAME', 'STATE'], rows }), 'NAME     STATE\na        up [2J next\nlonger   xy\n');
});

const deployment = (status: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', generation: 2 },
  spec: { replicas: 3 },
  status,
});

test('a rollout is told as kubectl tells it, step by step', (t) => {
  const message = (status: object): string => deploymentState(deployment(status)).message;
  t.is(message({ observedGeneration: 1 }), 'Waiting for deployment spec update to be observed...');
  t.regex(
    message({ observedGeneration: 2, updatedReplicas: 1, replicas: 3 }),
    /1 out of 3 new replicas have been updated\.\.\.$/,
  );
  t.regex(
    message({ observedGeneration: 2, updatedReplicas: 3, replicas: 4 }),
    /1 old replicas are pending termination/,
  );
  t.regex(message({ observedGeneration: 2, updatedReplicas: 3, replicas: 3 }), /0 of 3 updated replicas are available/);
  t.is(
    message({ observedGeneration: 2, updatedReplicas: 3, replicas: 3, availableReplicas: 3 }),
    'deployment "d" successfully rolled out',
  );
  const late = {
    observedGeneration: 2,
    conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
  };
  t.is(deploymentState(deployment(late)).state, 'failed');
});
