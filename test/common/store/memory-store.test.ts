import test from 'ava';
import { MemoryStore } from '../../../src/common/store/memory-store.ts';
import { pod, podKey, readUntil, storeContract } from './store-contract.ts';

storeContract(test, 'memory', async () => {
  const store = new MemoryStore({ history: 100 });
  return {
    store,
    forget: async () => {
      for (let n = 0; n < 100; n += 1) await store.create(podKey(`filler-${n}`), pod('filler'));
    },
  };
});

test('the store in memory coalesces nothing', async (t) => {
  const store = new MemoryStore();
  let revision = await store.create(podKey('a'), pod('a'));
  for (let n = 0; n < 10; n += 1) revision = await store.update(podKey('a'), pod('a', n), revision);
  const seen = await readUntil(store, 0, (change) => change.revision === revision);
  t.is(seen.length, 11);
});
