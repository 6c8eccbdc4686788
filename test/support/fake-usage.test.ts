import test from 'ava';
import { usageContract } from '../agent/io/usage/usage-contract.ts';
import { FakeUsage } from './fake-usage.ts';

const pods = ['a', 'b'].map((name) => ({
  pod: { namespace: 'default', name, uid: `uid-${name}` },
  sandboxId: `box-${name}`,
  createdAtWall: 0,
  containers: [{ id: `${name}-main`, name: 'main', image: 'registry.test/app:1', createdAtWall: 0 }],
}));
const usage = new FakeUsage();

usageContract(test, () => ({ usage, pods }));
