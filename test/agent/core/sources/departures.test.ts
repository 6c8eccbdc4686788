import test from 'ava';
import { createDepartures } from '../../../../src/agent/core/sources/departures.ts';

test('a pod may go once its source has said all that it wants, or does not want it any more', (t) => {
  const departures = createDepartures(['master', 'file']);
  t.false(departures.mayGo('file-1'));
  departures.dismiss(['file-1']);
  t.deepEqual([departures.mayGo('file-1'), departures.mayGo('file-2'), departures.mayGo('a-b')], [true, false, false]);
  departures.forget('file-1');
  t.false(departures.mayGo('file-1'));
  t.true(departures.settle('file'));
  t.false(departures.settle('file'), 'only the first time is new');
  t.deepEqual([departures.mayGo('file-2'), departures.mayGo('a-b')], [true, false]);
});

test('what came from a source that will not be heard may go', (t) => {
  const departures = createDepartures(['master', 'file']);
  t.true(departures.mayGo('http-1'));
  t.false(departures.allStatic());
  departures.settle('file');
  t.true(departures.allStatic());
});
