import test from 'ava';
import type { PodLoad } from '../../../../src/agent/core/eviction/pod-load.ts';
import type { Rule } from '../../../../src/agent/core/eviction/rules.ts';
import type { Seen } from '../../../../src/agent/core/eviction/seen.ts';
import { evictionWords } from '../../../../src/agent/core/eviction/words.ts';
import { rulesFor } from '../../../support/fake-pressure.ts';

const MI = 2 ** 20;
const level = (available: number, capacity: number) => ({ available, capacity });
const seen: Seen = {
  at: 0,
  levels: {
    'memory.available': level(83 * MI, 1000 * MI),
    'allocatableMemory.available': level(12 * MI, 400 * MI),
    'nodefs.available': level(50 * MI, 1000 * MI),
    'imagefs.available': level(60 * MI, 1000 * MI),
    'containerfs.available': level(70 * MI, 1000 * MI),
    'nodefs.inodesFree': level(40, 1000),
    'imagefs.inodesFree': level(41, 1000),
    'containerfs.inodesFree': level(42, 1000),
    'pid.available': level(43, 1000),
  },
  stall: { 10: 55, 60: 30, 300: 10 },
  separateImages: false,
};
const load: PodLoad = {
  pod: { namespace: 'default', name: 'web', uid: 'u' },
  ...{ priority: 0, isProtected: false, diskRequested: 5 * MI, processes: 700 },
  memory: { used: 330 * MI, requested: 20 * MI },
  disk: { layers: 30 * MI, logs: 10 * MI, volumes: 200 * MI },
  inodes: { layers: 20, logs: 5, volumes: 400 },
  containers: [
    { name: 'app', memory: { used: 300 * MI + 5, requested: 10 * MI }, disk: { used: 36 * MI, requested: 5 * MI } },
    { name: 'proxy', memory: { used: 20 * MI, requested: 0 }, disk: { used: 4 * MI, requested: 0 } },
    { name: 'modest', memory: { used: 10 * MI, requested: 10 * MI }, disk: { used: 0, requested: 0 } },
  ],
};
function said(evictionHard: string, now: Partial<Seen> = {}) {
  const [rule] = rulesFor({ evictionHard }).thresholds;
  return evictionWords(rule as Rule, { ...seen, ...now }, load);
}

const byMemory =
  'Container app was using 300Mi, request is 10Mi, has larger consumption of memory. ' +
  'Container proxy was using 20Mi, request is 0, has larger consumption of memory. ';
const memoryAnnotations = {
  starved_resource: 'memory',
  offending_containers: 'app,proxy',
  offending_containers_usage: '314572805,20Mi',
};

test('of memory the containers over their request are named, in the message and for programs', (t) => {
  t.deepEqual(said('memory.available<100Mi'), {
    message: `The node was low on resource: memory. Threshold quantity: 100Mi, available: 83Mi. Signal: memory.available<100Mi. ${byMemory}`,
    annotations: memoryAnnotations,
  });
  t.deepEqual(said('allocatableMemory.available<5%'), {
    message: `The node was low on resource: memory. Threshold quantity: 20Mi, available: 12Mi. Signal: allocatableMemory.available<5%. ${byMemory}`,
    annotations: memoryAnnotations,
  });
  t.deepEqual(said('memory.pressure>40%/10s'), {
    message: `The node was low on resource: memory. Threshold: tasks waited for memory more than 40% of 10s, found: 55%. Signal: memory.pressure>40%/10s. ${byMemory}`,
    annotations: memoryAnnotations,
  });
});

test('of the disk the pod with its volumes is named too, and which file system it is', (t) => {
  const containers =
    'Container app was using 36Mi, request is 5Mi, has larger consumption of ephemeral-storage. ' +
    'Container proxy was using 4Mi, request is 0, has larger consumption of ephemeral-storage. ';
  for (const [signal, left] of [
    ['nodefs.available', '50Mi'],
    ['imagefs.available', '60Mi'],
    ['containerfs.available', '70Mi'],
  ]) {
    t.deepEqual(
      said(`${signal}<10%`),
      {
        message:
          `The node was low on resource: ephemeral-storage. Threshold quantity: 100Mi, available: ${left}. Signal: ${signal}<10%. ${containers}` +
          'Pod web was using 240Mi, request is 5Mi, has larger consumption of ephemeral-storage. ',
        annotations: {
          starved_resource: 'ephemeral-storage',
          ...{ offending_containers: 'app,proxy', offending_containers_usage: '36Mi,4Mi' },
          ...{ offending_pod: 'web', offending_pod_usage: '240Mi' },
        },
      },
      signal,
    );
  }
  t.regex(said('nodefs.available<10%', { separateImages: true }).message, /Pod web was using 210Mi/);
  t.regex(said('imagefs.available<10%', { separateImages: true }).message, /Pod web was using 30Mi/);
});

test('of inodes and process ids the pod is named with its number', (t) => {
  for (const [signal, left] of [
    ['nodefs.inodesFree', 40],
    ['imagefs.inodesFree', 41],
    ['containerfs.inodesFree', 42],
  ]) {
    t.is(
      said(`${signal}<5%`).message,
      `The node was low on resource: inodes. Threshold quantity: 50, available: ${left}. Signal: ${signal}<5%. ` +
        'Pod web was using 425, request is 0, has larger consumption of inodes. ',
    );
  }
  t.deepEqual(said('pid.available<100'), {
    message:
      'The node was low on resource: pids. Threshold quantity: 100, available: 43. Signal: pid.available<100. ' +
      'Pod web was using 700, request is 0, has larger consumption of pids. ',
    annotations: {
      ...{ starved_resource: 'pids', offending_containers: '', offending_containers_usage: '' },
      ...{ offending_pod: 'web', offending_pod_usage: '700' },
    },
  });
});
