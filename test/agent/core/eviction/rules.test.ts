import test from 'ava';
import { type EvictionSettings, evictionRules, keptFree } from '../../../../src/agent/core/eviction/rules.ts';
import { keptFromPods, reserved } from '../../../../src/agent/core/node/reserved.ts';
import { agentSettings } from '../../../../src/common/model/config/agent-settings.ts';
import { resolveSettings } from '../../../../src/common/model/settings.ts';

const settingsOf = (flags: Record<string, unknown>) => resolveSettings(agentSettings, { env: {}, flags });

function rulesOf(flags: Record<string, unknown>) {
  const settings = settingsOf(flags);
  if (!settings.ok) throw new Error(settings.problems.join());
  return evictionRules(settings.settings satisfies EvictionSettings);
}
function good(flags: Record<string, unknown>) {
  const rules = rulesOf(flags);
  if (!rules.ok) throw new Error(rules.message);
  return rules.value;
}
const names = (flags: Record<string, unknown>) =>
  good(flags).thresholds.map(({ signal, text, soft }) => `${soft ? 'soft' : 'hard'} ${signal} ${text}`);

test("without settings the kubelet's thresholds hold, and the pods' own limit has that of memory", (t) => {
  t.deepEqual(names({}), [
    'hard memory.available 100Mi',
    'hard nodefs.available 10%',
    'hard nodefs.inodesFree 5%',
    'hard imagefs.available 15%',
    'hard allocatableMemory.available 100Mi',
  ]);
  t.is(good({}).transitionMillis, 300_000);
  t.is(good({}).maxPodGraceSeconds, 0);
});

test('one that is set takes the place of all defaults, or of its own where they are merged', (t) => {
  t.deepEqual(names({ evictionHard: 'nodefs.available<1Gi' }), ['hard nodefs.available 1Gi']);
  t.deepEqual(names({ evictionHard: '' }), []);
  t.deepEqual(
    names({ evictionHard: 'nodefs.available<1Gi,imagefs.available<0%', mergeDefaultEvictionSettings: true }).sort(),
    [
      'hard allocatableMemory.available 100Mi',
      'hard memory.available 100Mi',
      'hard nodefs.available 1Gi',
      'hard nodefs.inodesFree 5%',
    ],
  );
});

test('soft thresholds have their grace period, minimum reclaim and pressure of the kernel', (t) => {
  const rules = good({
    evictionHard: '',
    evictionSoft: 'memory.available<200Mi, memory.pressure>40%/60s',
    evictionSoftGracePeriod: 'memory.available=1m30s,memory.pressure=20s',
    evictionMinimumReclaim: 'memory.available=50Mi',
    evictionMaxPodGracePeriod: '30',
    evictionPressureTransitionPeriod: '10s',
  });
  t.deepEqual(rules, {
    thresholds: [
      {
        signal: 'memory.available',
        amount: { quantity: 209_715_200 },
        text: '200Mi',
        soft: true,
        graceMillis: 90_000,
        minimumReclaim: { quantity: 52_428_800 },
      },
      { signal: 'memory.pressure', amount: { percent: 40 }, text: '40%', window: 60, soft: true, graceMillis: 20_000 },
    ],
    maxPodGraceSeconds: 30,
    transitionMillis: 10_000,
  });
});

test('what says nothing sensible is refused at start with the setting, what was found and what is accepted', (t) => {
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['evictionHard', 'memory.availible<100Mi', /--eviction-hard: memory\.availible<100Mi: must be one of the signals/],
    ['evictionHard', 'memory.available', /must be SIGNAL<QUANTITY/],
    ['evictionHard', 'memory.available>100Mi', /there is pressure when less is available/],
    ['evictionHard', 'nodefs.available<110%', /must be a percentage from 0% to 100%/],
    ['evictionHard', 'nodefs.available<-5%', /must be a percentage from 0% to 100%/],
    ['evictionHard', 'nodefs.available<-5Gi', /must be a quantity that is not negative/],
    ['evictionHard', 'nodefs.available<lots', /must be a quantity such as 100Mi or a percentage/],
    ['evictionHard', 'pid.available<1,pid.available<2', /must be pid\.available once/],
    ['evictionHard', 'memory.pressure>40%/7s', /window of 10s, 60s or 300s/],
    ['evictionHard', 'memory.pressure<40%', /memory\.pressure>PERCENT%/],
    ['evictionSoftGracePeriod', 'memory.available=soon', /must be memory\.available=DURATION/],
    ['evictionMinimumReclaim', 'nodefs.free=1Gi', /must be SIGNAL=QUANTITY/],
    ['evictionMinimumReclaim', 'nodefs.available=-1Gi', /not negative/],
    ['evictionMaxPodGracePeriod', '-1', /--eviction-max-pod-grace-period/],
    ['evictionPressureTransitionPeriod', 'never', /must be a duration/],
    ['kubeReserved', 'memory=-1', /--kube-reserved: memory=-1: must be RESOURCE=QUANTITY/],
    ['systemReserved', 'disk=1Gi', /--system-reserved: disk=1Gi: must be RESOURCE=QUANTITY/],
  ];
  for (const [name, text, words] of refused) {
    const result = settingsOf({ [name]: text });
    t.regex(result.ok ? '' : result.problems.join(), words, `${name} ${text}`);
    t.true(!result.ok && result.problems.join().includes(text), text);
  }
});

test('a soft threshold without a grace period, and a grace period of none, are refused', (t) => {
  const without = rulesOf({ evictionSoft: 'memory.available<200Mi' });
  t.regex(without.ok ? '' : without.message, /evictionSoftGracePeriod: must say how long memory\.available/);
  const idle = rulesOf({ evictionSoftGracePeriod: 'memory.available=1m' });
  t.regex(idle.ok ? '' : idle.message, /must be a signal of evictionSoft/);
});

test('what is reserved and what eviction keeps free is not promised to pods', (t) => {
  const rules = good({ evictionHard: 'memory.available<100Mi,nodefs.available<10%' });
  const reserve = reserved('cpu=100m,memory=28Mi', 'cpu=0.1,memory=100Mi,ephemeral-storage=1Gi');
  const capacity = { milliCpu: 4000, memoryBytes: 2 ** 30, storageBytes: 10 * 2 ** 30 };
  t.deepEqual(keptFromPods(reserve, rules, capacity), {
    milliCpu: 200,
    memoryBytes: 228 * 2 ** 20,
    storageBytes: 2 * 2 ** 30,
  });
  t.is(keptFree(rules, 'pid.available', 1000), 0);
});
