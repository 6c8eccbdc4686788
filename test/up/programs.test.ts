import test from 'ava';
import { upSettings } from '../../src/common/model/config/up-settings.ts';
import { agentProgram, masterProgram } from '../../src/up/programs.ts';

const own = { dataDir: '/data', runDir: '/run/x', podBridge: 'br7' };
const flags = (words: readonly string[]) => words.filter((word) => word.startsWith('--'));

test('the agent and the master get what up was told, each its own settings, and the rest by default', (t) => {
  const plain = upSettings.parse(own);
  const told = upSettings.parse({
    ...own,
    evictionHard: 'memory.available<200Mi',
    containerLogMaxRate: 0,
    nodeMonitorGracePeriod: 30,
    schedulerProfiles: '[{"schedulerName":"packed"}]',
  });
  const more = (program: typeof agentProgram) =>
    flags(program('b.js', told)).filter((flag) => !program('b.js', plain).includes(flag));
  t.deepEqual(more(agentProgram), ['--container-log-max-rate=0', '--eviction-hard=memory.available<200Mi']);
  t.deepEqual(more(masterProgram), [
    '--node-monitor-grace-period=30',
    '--scheduler-profiles=[{"schedulerName":"packed","plugins":{},"pluginConfig":[]}]',
  ]);
});

test('what the one-machine cluster decides itself can not be set, and values are checked', (t) => {
  for (const name of ['server', 'ownRuntime', 'cgroupRoot', 'replicas']) {
    t.false(upSettings.safeParse({ ...own, [name]: 'x' }).success, name);
  }
  t.false(upSettings.safeParse({ ...own, evictionHard: 'memory<1' }).success);
});
