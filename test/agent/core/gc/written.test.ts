import test from 'ava';
import { isNews, perDay, type WrittenAt, withSample } from '../../../../src/agent/core/gc/written.ts';

const HOUR = 3_600_000;
const MIB = 1024 * 1024;

test('bytes a day are those of the last day, extrapolated while there is less than a day', (t) => {
  let samples: readonly WrittenAt[] = [];
  const add = (hours: number, agent: number, total?: number) => {
    samples = withSample(samples, { at: hours * HOUR, agent, logs: 0, ...(total === undefined ? {} : { total }) });
  };
  add(0, 0);
  t.is(perDay(samples), undefined);
  add(1, MIB);
  t.is(perDay(samples)?.agent, 25_000_000, 'two digits of 24 MiB');
  t.is(perDay(samples)?.total, undefined);
  for (let hours = 2; hours <= 40; hours += 1) add(hours, MIB);
  t.is(perDay(samples)?.agent, 0, 'it was longer ago than a day');
  t.is(samples.length, 25);
});

test('what changed little is no news', (t) => {
  const told = { agent: MIB, logs: 0, total: 100 * MIB };
  t.true(isNews(undefined, told));
  t.false(isNews(told, told));
  t.false(isNews(told, { agent: MIB * 1.4, logs: 0, total: 70 * MIB }));
  t.true(isNews(told, { ...told, agent: MIB * 1.6 }));
  t.true(isNews(told, { ...told, total: 60 * MIB }));
  t.true(isNews(told, { ...told, logs: 65_536 }));
});
