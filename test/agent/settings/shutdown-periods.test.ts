import test from 'ava';
import { shutdownPeriods } from '../../../src/agent/settings/shutdown-periods.ts';
import { agentSettings } from '../../../src/common/model/config/agent-settings.ts';
import { SettingsError } from '../../../src/common/process/load-settings.ts';

const periods = (settings: Readonly<Record<string, string>>) => shutdownPeriods(agentSettings.parse(settings));

test('pods have 30 s together unless told otherwise, the critical ones a third of them', (t) => {
  t.deepEqual(periods({}), { total: 30, critical: 10 });
  t.deepEqual(periods({ shutdownGracePeriod: '6s' }), { total: 6, critical: 2 });
  t.deepEqual(periods({ shutdownGracePeriod: '2m', shutdownGracePeriodCriticalPods: '1m30s' }), {
    total: 120,
    critical: 90,
  });
});

test('without a period none is asked for critical pods', (t) => {
  t.is(periods({ shutdownGracePeriod: '0' }).total, 0);
});

test('a part that is longer than the whole is refused with what was found, and so is what is no duration', (t) => {
  const error = t.throws(() => periods({ shutdownGracePeriod: '5s', shutdownGracePeriodCriticalPods: '10s' }), {
    instanceOf: SettingsError,
  });
  t.regex(error.message, /shutdownGracePeriodCriticalPods: must be at most shutdownGracePeriod; found 10s of 5s/);
  for (const text of ['soon', '-5s', '2d']) t.throws(() => periods({ shutdownGracePeriod: text }));
});
