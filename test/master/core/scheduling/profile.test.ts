import test from 'ava';
import { masterSettings } from '../../../../src/common/model/config/master-settings.ts';
import { type ProfileSettings, schedulingPlugins } from '../../../../src/common/model/config/scheduler-settings.ts';
import { resolveSettings } from '../../../../src/common/model/settings.ts';
import { nodePlugins } from '../../../../src/master/core/scheduling/node-plugins.ts';
import { defaultProfile, profilesOf } from '../../../../src/master/core/scheduling/profile.ts';
import { topologyPlugins } from '../../../../src/master/core/scheduling/topology-plugins.ts';

const resolve = (schedulerProfiles: unknown) =>
  resolveSettings(masterSettings, {
    file: { path: 'master.yaml', content: { schedulerProfiles } },
    env: {},
    flags: {},
  });

function read(...profiles: unknown[]): readonly ProfileSettings[] {
  const resolved = resolve(profiles);
  if (!resolved.ok) throw new Error(resolved.problems.join('\n'));
  return resolved.settings.schedulerProfiles;
}
const problems = (...profiles: unknown[]) => {
  const resolved = resolve(profiles);
  return resolved.ok ? [] : resolved.problems;
};

test('the settings know the plugins that there are', (t) => {
  const named = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
  const all = [...named(nodePlugins), ...named(topologyPlugins)];
  t.deepEqual([...schedulingPlugins.multiPoint].sort(), [...all].sort());
  const filtering = named(nodePlugins.filter(({ filter }) => filter !== undefined));
  t.deepEqual([...schedulingPlugins.filter].sort(), [...filtering, ...named(topologyPlugins)].sort());
  t.deepEqual([...schedulingPlugins.score].sort(), Object.keys(defaultProfile.weights).sort());
});

test('without settings there is the default profile alone', (t) => {
  t.deepEqual(Array.from(profilesOf([])), [['default-scheduler', defaultProfile]]);
});

test('a profile disables, enables and weighs plugins, for all that they do or for a part', (t) => {
  const profiles = profilesOf(
    read({
      schedulerName: 'packed',
      plugins: {
        multiPoint: { disabled: [{ name: 'PodTopologySpread' }] },
        filter: { disabled: [{ name: 'NodePorts' }] },
        score: {
          disabled: [{ name: '*' }],
          enabled: [{ name: 'NodeResourcesFit', weight: 7 }, { name: 'ImageLocality' }],
        },
      },
    }),
  );
  t.deepEqual(Array.from(profiles.keys()), ['default-scheduler', 'packed']);
  const packed = profiles.get('packed');
  t.deepEqual(packed?.weights, { NodeResourcesFit: 7, ImageLocality: 1 });
  t.is(packed?.nodePlugins.find(({ name }) => name === 'NodePorts')?.filter, undefined);
  t.truthy(packed?.nodePlugins.find(({ name }) => name === 'NodeResourcesFit')?.filter);
});

test('arguments become those of the plugins', (t) => {
  const shape = [
    { utilization: 0, score: 0 },
    { utilization: 100, score: 10 },
  ];
  const resources = [{ name: 'example.com/foo', weight: 5 }, { name: 'cpu' }];
  const profile = profilesOf(
    read({
      pluginConfig: [
        {
          name: 'NodeResourcesFit',
          args: {
            scoringStrategy: { type: 'RequestedToCapacityRatio', resources, requestedToCapacityRatio: { shape } },
          },
        },
        { name: 'InterPodAffinity', args: { hardPodAffinityWeight: 9 } },
        { name: 'NodeLabel', args: { presentLabels: ['zone'], absentLabelsPreference: ['retiring'] } },
        { name: 'ServiceAffinity', args: { affinityLabels: ['zone'] } },
        {
          name: 'PodTopologySpread',
          args: { defaultConstraints: [{ maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' }] },
        },
      ],
    }),
  ).get('default-scheduler');
  t.deepEqual(profile?.args, {
    scoringStrategy: 'RequestedToCapacityRatio',
    shape,
    resources: [
      { name: 'example.com/foo', weight: 5 },
      { name: 'cpu', weight: 1 },
    ],
    labelPresence: [
      { labels: ['zone'], presence: true },
      { labels: [], presence: false },
    ],
    labelPreference: [{ label: 'retiring', presence: false }],
    hardPodAffinityWeight: 9,
    serviceAffinity: { labels: ['zone'], serviceLabel: 'app' },
    defaultConstraints: [{ maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' }],
  });
});

test('a profile as a flag is JSON', (t) => {
  const flags = { schedulerProfiles: '[{"schedulerName":"a","plugins":{"score":{"enabled":[{"name":"Nope"}]}}}]' };
  const resolved = resolveSettings(masterSettings, { env: {}, flags });
  t.false(resolved.ok);
  t.regex(
    resolved.ok ? '' : (resolved.problems[0] ?? ''),
    /^--scheduler-profiles\[0\]\.plugins\.score\.enabled\[0\]\.name: /,
  );
});

const at = 'master.yaml: schedulerProfiles';
const refusals: readonly [title: string, profile: object, where: string, found: RegExp][] = [
  [
    'an unknown plugin',
    { plugins: { filter: { enabled: [{ name: 'Nope' }] } } },
    '[0].plugins.filter.enabled[0].name',
    /"NodePorts".*found "Nope"/,
  ],
  [
    'a plugin that has no score',
    { plugins: { score: { enabled: [{ name: 'NodePorts' }] } } },
    '[0].plugins.score.enabled[0].name',
    /found "NodePorts"/,
  ],
  [
    'a weight of 0',
    { plugins: { score: { enabled: [{ name: 'NodeLabel', weight: 0 }] } } },
    '[0].plugins.score.enabled[0].weight',
    />=1.*found 0/,
  ],
  [
    'a weight of 101',
    { plugins: { multiPoint: { enabled: [{ name: 'NodeLabel', weight: 101 }] } } },
    '[0].plugins.multiPoint.enabled[0].weight',
    /<=100.*found 101/,
  ],
  [
    'arguments for no plugin',
    { pluginConfig: [{ name: 'Nope', args: {} }] },
    '[0].pluginConfig[0].name',
    /found "Nope"/,
  ],
  [
    'an argument that does not exist',
    { pluginConfig: [{ name: 'InterPodAffinity', args: { hardPodAffinityWeight: 1, soft: 2 } }] },
    '[0].pluginConfig[0].args.soft',
    /no such field/,
  ],
  [
    'a shape that falls',
    {
      pluginConfig: [
        {
          name: 'NodeResourcesFit',
          args: {
            scoringStrategy: {
              type: 'RequestedToCapacityRatio',
              requestedToCapacityRatio: {
                shape: [
                  { utilization: 9, score: 1 },
                  { utilization: 3, score: 1 },
                ],
              },
            },
          },
        },
      ],
    },
    '[0].pluginConfig[0].args.scoringStrategy.requestedToCapacityRatio.shape',
    /rising/,
  ],
  [
    'a ratio without its shape',
    { pluginConfig: [{ name: 'NodeResourcesFit', args: { scoringStrategy: { type: 'RequestedToCapacityRatio' } } }] },
    '[0].pluginConfig[0].args.scoringStrategy.requestedToCapacityRatio',
    /needed/,
  ],
  [
    'a topology key that is no label',
    {
      pluginConfig: [
        {
          name: 'PodTopologySpread',
          args: { defaultConstraints: [{ maxSkew: 1, topologyKey: 'a b', whenUnsatisfiable: 'DoNotSchedule' }] },
        },
      ],
    },
    '[0].pluginConfig[0].args.defaultConstraints[0].topologyKey',
    /found "a b"/,
  ],
  ['sampling', { percentageOfNodesToScore: 50 }, '[0].percentageOfNodesToScore', /no sampling; found 50/],
  ['a name that is none', { schedulerName: 'A B' }, '[0].schedulerName', /found "A B"/],
];
for (const [title, profile, where, found] of refusals) {
  test(`${title} is refused with the path of the field`, (t) => {
    const [problem = ''] = problems(profile);
    t.true(problem.startsWith(`${at}${where}: `), problem);
    t.regex(problem, found);
  });
}

test('two profiles of one name are refused', (t) => {
  t.deepEqual(problems({ schedulerName: 'a' }, { schedulerName: 'a' }), [
    `${at}[1].schedulerName: a stands twice; found "a"`,
  ]);
  t.deepEqual(problems({}, {}), [`${at}[1].schedulerName: default-scheduler stands twice; found undefined`]);
});
