import test from 'ava';
import fc from 'fast-check';
import type { KubeObject } from '../../../src/common/model/meta.ts';
import { createWatchState, type ObjectEvent, type WatchChange } from '../../../src/common/wire/watch-state.ts';

const object = (name: string, revision: number, wanted: boolean): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'ns', resourceVersion: String(revision), labels: { wanted: String(wanted) } },
});
const selects = ({ metadata }: KubeObject) => metadata.labels?.['wanted'] === 'true';

const steps = fc.array(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    write: fc.constantFrom('wanted', 'unwanted', 'delete'),
    arrives: fc.boolean(),
    relist: fc.boolean(),
  }),
  { maxLength: 40 },
);

test('whatever is lost, a watch that lists again knows all, and revisions of an object only grow', (t) => {
  fc.assert(
    fc.property(steps, (written) => {
      const state = createWatchState(selects);
      const stored = new Map<string, KubeObject>();
      const last = new Map<string, number>();
      const told = new Map<string, KubeObject>();
      const latest = new Map<string, number>();
      let revision = 0;
      const tell = (event: ObjectEvent): void => {
        const { name, resourceVersion } = event.object.metadata;
        const was = told.has(name);
        if ((event.type === 'ADDED') === was) throw new Error(`${event.type} of ${name}, which was known: ${was}`);
        if (Number(resourceVersion) <= (latest.get(name) ?? 0)) throw new Error(`${name} went back`);
        latest.set(name, Number(resourceVersion));
        if (event.type === 'DELETED') told.delete(name);
        else told.set(name, event.object);
      };
      const list = (): void => {
        const events = state.listed([...stored.values()].filter(selects), revision);
        if (events === undefined) throw new Error('a current list was taken for an old one');
        for (const event of events) tell(event);
      };
      list();
      for (const { name, write, arrives, relist } of written) {
        revision++;
        const previous = last.get(name) ?? 0;
        last.set(name, revision);
        if (write === 'delete') stored.delete(name);
        else stored.set(name, object(name, revision, write === 'wanted'));
        const now = stored.get(name);
        const change: WatchChange = { key: `ns.${name}`, revision, previous, ...(now && { object: now }) };
        if (arrives) {
          const event = state.changed(change);
          if (event === 'gap') list();
          else if (event !== undefined) tell(event);
        }
        if (relist) list();
      }
      list();
      t.deepEqual(
        Object.fromEntries([...told].map(([name, { metadata }]) => [name, metadata.resourceVersion])),
        Object.fromEntries(
          [...stored].filter(([, o]) => selects(o)).map(([name, o]) => [name, o.metadata.resourceVersion]),
        ),
      );
    }),
  );
});

test('a list older than what is known is not taken', (t) => {
  const state = createWatchState(selects);
  state.listed([], 5);
  t.truthy(state.changed({ key: 'ns.a', revision: 7, previous: 0, object: object('a', 7, true) }));
  t.is(state.listed([], 6), undefined);
});

test('a change whose predecessor never came is a gap', (t) => {
  const state = createWatchState(selects);
  state.listed([], 5);
  t.is(state.changed({ key: 'ns.a', revision: 9, previous: 7, object: object('a', 9, true) }), 'gap');
  t.is(state.changed({ key: 'ns.a', revision: 4, previous: 0 }), undefined);
});
