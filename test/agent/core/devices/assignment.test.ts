import test from 'ava';
import fc from 'fast-check';
import {
  assign,
  type DeviceUnit,
  devicesAnnotation,
  devicesAsked,
  type Holder,
  holderOf,
  offersOf,
  variableOf,
} from '../../../../src/agent/core/devices/assignment.ts';
import { aContainer } from '../../../support/pod-builder.ts';

const unit = (resource: string, path: string, shares = 1, node = path): DeviceUnit => ({
  resource,
  path,
  node,
  shares,
});
const holder = (uid: string, paths: Record<string, string[]>, ended = false): Holder => ({
  ...{ uid, container: 'c', paths, ended },
});
const asks = (uid: string, ...asked: [string, number][]) => ({ uid, container: 'c', asked: new Map(asked) });
const two = [unit('x/serial', '/dev/a'), unit('x/serial', '/dev/b')];

test('a container gets what nobody has, and is told when there is not enough', (t) => {
  t.deepEqual(assign(asks('p', ['x/serial', 1]), two, []), { ok: true, paths: { 'x/serial': ['/dev/a'] } });
  const held = [holder('other', { 'x/serial': ['/dev/a'] })];
  t.deepEqual(assign(asks('p', ['x/serial', 1]), two, held), { ok: true, paths: { 'x/serial': ['/dev/b'] } });
  t.deepEqual(assign(asks('p', ['x/serial', 2]), two, held), {
    ok: false,
    message: 'device x/serial: 2 requested, 2 present on this node, 1 free',
  });
  t.regex(JSON.stringify(assign(asks('p', ['x/serial', 1]), [], [])), /0 present on this node, 0 free/);
});

test('a container that starts again gets the devices that it had', (t) => {
  const held = [holder('p', { 'x/serial': ['/dev/b'] }, true)];
  t.deepEqual(assign(asks('p', ['x/serial', 1]), two, held), { ok: true, paths: { 'x/serial': ['/dev/b'] } });
});

test('what only ended containers have is taken last', (t) => {
  const held = [holder('done', { 'x/serial': ['/dev/a'] }, true)];
  t.deepEqual(assign(asks('p', ['x/serial', 1]), two, held), { ok: true, paths: { 'x/serial': ['/dev/b'] } });
  const both = [...held, holder('runs', { 'x/serial': ['/dev/b'] })];
  t.deepEqual(assign(asks('p', ['x/serial', 1]), two, both), { ok: true, paths: { 'x/serial': ['/dev/a'] } });
});

test('shared devices are given as often as they may be, and a device under two names is one', (t) => {
  const camera = [unit('x/camera', '/dev/video0', 2)];
  t.true(assign(asks('p', ['x/camera', 1]), camera, [holder('a', { 'x/camera': ['/dev/video0'] })]).ok);
  const full = ['a', 'b'].map((uid) => holder(uid, { 'x/camera': ['/dev/video0'] }));
  t.false(assign(asks('p', ['x/camera', 1]), camera, full).ok);
  const named = [unit('x/one', '/dev/by-id/s', 1, '/dev/s'), unit('x/other', '/dev/s')];
  t.false(assign(asks('p', ['x/other', 1]), named, [holder('a', { 'x/one': ['/dev/by-id/s'] })]).ok);
});

test('what is asked is read from requests and limits, what was given from the container', (t) => {
  const resources = { requests: { cpu: '1', 'x/a': '2' }, limits: { 'x/a': '2', 'x/b': '0', 'x/foreign': '1' } };
  t.deepEqual([...devicesAsked(aContainer('c', { resources }), ['x/a', 'x/b'])], [['x/a', 2]]);
  const written = { [devicesAnnotation]: '{"x/a":["/dev/a"]}' };
  t.deepEqual(holderOf('u', 'c', 'exited', written), { ...holder('u', { 'x/a': ['/dev/a'] }), ended: true });
  t.is(holderOf('u', 'c', 'running', {}), undefined);
  t.is(holderOf('u', 'c', 'running', { [devicesAnnotation]: '{' }), undefined);
  t.is(variableOf('bramble.io/gpio-0'), 'BRAMBLE_IO_GPIO_0');
});

test('the node offers the shares of what is plugged in, and 0 of what is not', (t) => {
  const present = [unit('x/camera', '/dev/video0', 2), unit('x/camera', '/dev/video1', 2)];
  t.deepEqual(offersOf(['x/camera', 'x/gpio'], present), { 'x/camera': '4', 'x/gpio': '0' });
});

test('whoever comes and goes, no device is ever with more containers than may share it', (t) => {
  const units = [unit('x/a', '/dev/1'), unit('x/a', '/dev/2', 2), unit('x/b', '/dev/2', 2), unit('x/b', '/dev/3')];
  const step = fc.record({
    uid: fc.constantFrom('p', 'q', 'r', 's', 't'),
    a: fc.nat(2),
    b: fc.nat(2),
    ends: fc.boolean(),
  });
  const property = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
    let held: readonly Holder[] = [];
    for (const { uid, a, b, ends } of steps) {
      held = ends ? held.map((one) => (one.uid === uid ? { ...one, ended: true } : one)) : held;
      if (ends || held.some((one) => one.uid === uid && !one.ended)) continue;
      const given = assign(asks(uid, ['x/a', a], ['x/b', b]), units, held);
      if (given.ok)
        held = [...held.filter((one) => one.uid !== uid), holder(uid, given.paths as Record<string, string[]>)];
      for (const { node, shares } of units) {
        const users = held.filter(({ paths, ended }) => !ended && Object.values(paths).flat().includes(node));
        t.true(users.length <= shares, `${node} is with ${users.map((one) => one.uid)}`);
      }
    }
  });
  fc.assert(property);
});
