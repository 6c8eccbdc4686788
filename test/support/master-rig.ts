/** The master's actors on a store in memory, with a fake clock and fake devices. */

import { FakeClock } from '../../src/common/actor/fake-clock.ts';
import { createMemoryNetwork, type Fault } from '../../src/common/actor/memory-transport.ts';
import { silentLogger } from '../../src/common/actor/silent-logger.ts';
import { createSystem } from '../../src/common/actor/system.ts';
import type { ActorSystem, Ref } from '../../src/common/actor/types.ts';
import { toTimestamp } from '../../src/common/lib/time.ts';
import type { KubeObject } from '../../src/common/model/meta.ts';
import type { Pod } from '../../src/common/model/pod.ts';
import { MemoryStore } from '../../src/common/store/memory-store.ts';
import { type DownMessage, downWire, type UpMessage, upWire } from '../../src/common/wire/agent-protocol.ts';
import { haveDigest } from '../../src/common/wire/have-digest.ts';
import { nodeDownPath, nodeUpPath } from '../../src/common/wire/subjects.ts';
import { masterBehavior } from '../../src/master/actors/master.ts';
import type { SchedulerMessage } from '../../src/master/actors/scheduler-messages.ts';
import { garbageCollection } from '../../src/master/core/garbage-collection.ts';
import { defaultConfig, type SchedulerConfig } from '../../src/master/core/scheduling/profile.ts';
import { createObjects } from '../../src/master/objects.ts';

export function masterRig(scheduling: SchedulerConfig = defaultConfig) {
  const clock = new FakeClock();
  const store = new MemoryStore();
  const random = lcg();
  /** Messages of these types get lost on the way. */
  const losing = new Set<string>();
  const fault: Fault = ({ type }) => (losing.has(type) ? [] : [0]);
  const network = createMemoryNetwork({ clock, random, fault });
  let ends = 0;
  let ids = 0;
  const newId = () => (++ids).toString(36).padStart(5, 'x');
  const objects = createObjects({ store, clock, newUid: () => `uid-${++ids}`, newSuffix: newId });
  const systems: ActorSystem[] = [];
  const errors: unknown[] = [];
  const schedulers: Ref<SchedulerMessage>[] = [];
  const pulled: KubeObject[] = [];
  const log = { ...silentLogger, error: (o: object, msg: string) => errors.push({ ...o, msg }) };
  const newSystem = (): ActorSystem => {
    const system = createSystem({ clock, log, random, transport: network.connect(`end-${++ends}`) });
    systems.push(system);
    return system;
  };
  const startMaster = (): ActorSystem => {
    const system = newSystem();
    const lock = { acquire: async () => ({ lost: new Promise<void>(() => {}) }), release: async () => {} };
    system.spawn(
      'master',
      masterBehavior({
        system,
        store,
        objects,
        lock,
        newId,
        random,
        nodeMonitorGrace: 50_000,
        taintPolicy: new Map([['UnderVoltage', 'PreferNoSchedule']]),
        scheduling,
        controllers: [garbageCollection],
        services: [(_start, _lists, ref) => schedulers.push(ref)],
      }),
    );
    return system;
  };
  const list = async (resource: string): Promise<readonly KubeObject[]> =>
    (await store.list({ resource })).entries.map(({ object }) => object);
  const pods = async (): Promise<readonly Pod[]> => (await list('pods')) as readonly Pod[];
  return {
    clock,
    store,
    objects,
    errors,
    losing,
    startMaster,
    /** The last one that was started. */
    scheduler: () => schedulers.at(-1),
    list,
    pods,
    /** What devices were given, in order. */
    pulled,
    /** A connection of its own to the master's network. */
    connect: (name: string) => network.connect(name),
    startDevice: (name: string) => startDevice(newSystem(), name, pulled),
    settle: async () => {
      for (let i = 0; i < 60; i++) await clock.advance(100);
    },
    stop: async () => {
      for (const system of systems) {
        const ended = system.shutdown();
        await clock.advance(11_000);
        await ended;
      }
    },
  };
}

type DeviceMessage = DownMessage | { type: 'beat' } | { type: 'asked' };

/** A device that runs whatever it is told at once. */
function startDevice(system: ActorSystem, name: string, pulled: KubeObject[]): ActorSystem {
  const master = system.remote<UpMessage>(nodeUpPath(name), upWire);
  const have = new Map<string, { digest: string; object: KubeObject }>();
  const object = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: {
      allocatable: { cpu: '4', memory: '4Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ready' }],
    },
  };
  const device = system.spawn<DeviceMessage>(`device-${name}`, (self) => {
    const quietly = (work: () => Promise<unknown>) =>
      self.pipe(
        work,
        () => ({ type: 'asked' }) as const,
        () => ({ type: 'asked' }) as const,
      );
    const pull = async (): Promise<void> => {
      const answer = await master.ask(
        { type: 'desired', node: name, have: Object.fromEntries([...have].map(([k, v]) => [k, v.digest])) },
        5000,
      );
      for (const key of answer.removed) have.delete(key);
      for (const { key, digest, object } of answer.set) {
        have.set(key, { digest, object });
        pulled.push(object);
      }
      const found = [...have.values()].map((item) => item.object as Pod).filter((one) => one.kind === 'Pod');
      const reports = found.map((pod) => report(pod, toTimestamp(self.clock.wall())));
      if (reports.length > 0) await master.ask({ type: 'report', node: name, pods: reports }, 5000);
      if (answer.more) await pull();
    };
    const hello = async (): Promise<void> => {
      await master.ask({ type: 'hello', node: name, object }, 5000);
      await pull();
    };
    quietly(hello);
    self.every(10_000, { type: 'beat' }, 'beat');
    return {
      on: {
        poke: () => quietly(pull),
        who: () => quietly(hello),
        beat: () => {
          const digests = Object.fromEntries([...have].map(([key, { digest }]) => [key, digest]));
          master.tell({ type: 'beat', node: name, have: haveDigest(digests) });
        },
        asked: () => {},
      },
    };
  });
  void system.expose(device as never, downWire, { path: nodeDownPath(name) });
  return system;
}

function report(pod: Pod, now: string) {
  const { name, namespace = '', uid = '' } = pod.metadata;
  const gone = pod.metadata.deletionTimestamp !== undefined;
  const condition = (type: string) => ({ type, status: gone ? 'False' : 'True', lastTransitionTime: now });
  const conditions = [condition('Ready'), condition('ContainersReady')];
  return { name, namespace, uid, status: { phase: 'Running', conditions }, ...(gone ? { gone } : {}) };
}

function lcg(): () => number {
  let state = 7;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
