import test from 'ava';
import { subPathsOf } from '../../../../src/agent/core/config/sub-paths.ts';
import { aContainer } from '../../../support/pod-builder.ts';

const variables = [{ key: 'POD', value: 'web-1' }];
const mount = (change: { subPath?: string; subPathExpr?: string }) => ({ name: 'data', mountPath: '/data', ...change });

test('mounts of a part of a volume are found by their place, with variables filled in', (t) => {
  const volumeMounts = [mount({}), mount({ subPath: 'a/$(POD)' }), mount({ subPathExpr: 'logs/$(POD)/$$(x)' })];
  t.deepEqual(subPathsOf(aContainer('app', { volumeMounts }), variables), {
    ok: true,
    value: [
      { index: 1, volume: 'data', path: 'a/$(POD)' },
      { index: 2, volume: 'data', path: 'logs/web-1/$(x)' },
    ],
  });
});

test('a variable that is not there is named', (t) => {
  const volumeMounts = [mount({ subPathExpr: '$(NONE)' })];
  t.deepEqual(subPathsOf(aContainer('app', { volumeMounts }), variables), {
    ok: false,
    message: 'missing value for "NONE"',
  });
});
