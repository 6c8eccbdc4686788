import test from 'ava';
import type { Kind } from '../../../src/common/model/kind.ts';
import { kinds } from '../../../src/common/model/kinds.ts';
import type { KubeObject } from '../../../src/common/model/meta.ts';
import { parseStrict, validateChange } from '../../../src/common/model/parse.ts';
import type { StatusCause } from '../../../src/common/model/status.ts';
import { deployment, plain, pod, podWith, replicaSet } from './manifests.ts';

const sentences = (causes: readonly StatusCause[]) => causes.map(({ field, message }) => `${field}: ${message}`);
function refusals<T extends KubeObject>(kind: Kind<T>, manifest: unknown): string[] {
  const result = parseStrict(kind, manifest);
  return result.ok ? [] : sentences(result.causes);
}
const c0 = 'spec.containers[0]';
const configKey =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (for example 'key.name')";
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (for example 'example.com')";
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (for example 'my-name')";
const labelValue =
  "a valid label value must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

const pods: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['a bad name', pod({}, { name: 'Web_1' }), [`metadata.name: Invalid value: "Web_1": ${subdomain}`]],
  ['no name', pod({}, { name: '' }), ['metadata.name: Required value: name is required']],
  ['a bad namespace', pod({}, { namespace: 'a.b' }), [`metadata.namespace: Invalid value: "a.b": ${label}`]],
  ['a bad label', pod({}, { labels: { a: 'x y' } }), [`metadata.labels: Invalid value: "x y": ${labelValue}`]],
  ['no containers', pod({ containers: [] }), ['spec.containers: Required value: must have at least one container']],
  ['no image', pod({ containers: [{ name: 'a' }] }), [`${c0}.image: Required value`]],
  ['a wrong type', podWith({ command: 'sh' }), [`${c0}.command: Invalid value: "sh": must be a list`]],
  [
    'a number for text',
    podWith({ env: [{ name: 'A', value: 1 }] }),
    [`${c0}.env[0].value: Invalid value: 1: must be a string; write it in quotes: "1"`],
  ],
  ['an unknown field', podWith({ imgae: 'x' }), [`${c0}.imgae: unknown field; did you mean "image"?`]],
  [
    'an unsupported field',
    podWith({ volumeDevices: [] }),
    [`${c0}.volumeDevices: is not supported by this version of Bramble`],
  ],
  [
    'an unknown choice',
    pod({ restartPolicy: 'Sometimes' }),
    ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
  ],
  [
    'a bad quantity',
    podWith({ resources: { limits: { cpu: '1 x' } } }),
    [
      `${c0}.resources.limits.cpu: Invalid value: "1 x": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$', for example 500m, 1.5 or 64Mi`,
    ],
  ],
  [
    'a request above its limit',
    podWith({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
    [`${c0}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`],
  ],
  [
    'a negative amount',
    podWith({ resources: { requests: { memory: '-1' } } }),
    [`${c0}.resources.requests.memory: Invalid value: "-1": must be greater than or equal to 0`],
  ],
  [
    'an unknown resource',
    podWith({ resources: { requests: { gpu: '1' } } }),
    [`${c0}.resources.requests.gpu: Unsupported value: "gpu": supported values: "cpu", "memory", "ephemeral-storage"`],
  ],
  [
    'two containers of one name',
    pod({ containers: [{ name: 'a', image: 'a' }], initContainers: [{ name: 'a', image: 'b' }] }),
    [`${c0}.name: Duplicate value: "a"`],
  ],
  [
    'two ports of one name',
    podWith({
      ports: [
        { name: 'a', containerPort: 1 },
        { name: 'a', containerPort: 2 },
      ],
    }),
    [`${c0}.ports[1].name: Duplicate value: "a"`],
  ],
  [
    'a port out of range',
    podWith({ ports: [{ containerPort: 70000 }] }),
    [`${c0}.ports[0].containerPort: Invalid value: 70000: must be less than or equal to 65535`],
  ],
  [
    'one host port twice',
    podWith({
      ports: [
        { containerPort: 1, hostPort: 80 },
        { containerPort: 2, hostPort: 80 },
      ],
    }),
    [`${c0}.ports[1].hostPort: Duplicate value: "TCP//80"`],
  ],
  [
    'a mount without its volume',
    podWith({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
    [`${c0}.volumeMounts[0].name: Not found: "data"`],
  ],
  [
    'a relative mount path',
    pod({
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [{ name: 'a', image: 'a', volumeMounts: [{ name: 'v', mountPath: 'x' }] }],
    }),
    [`${c0}.volumeMounts[0].mountPath: Invalid value: "x": must be an absolute path`],
  ],
  [
    'a volume without a source',
    pod({ volumes: [{ name: 'v', emptyDir: null }] }),
    ['spec.volumes[0]: Required value: must specify a volume type'],
  ],
  [
    'a volume with two sources',
    pod({ volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/a' } }] }),
    ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
  ],
  [
    'two volumes of one name',
    pod({
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'v', emptyDir: {} },
      ],
    }),
    ['spec.volumes[1].name: Duplicate value: "v"'],
  ],
  [
    'a file that leaves its volume',
    pod({ volumes: [{ name: 'v', configMap: { name: 'c', items: [{ key: 'k', path: 'a/../../x' }] } }] }),
    [`spec.volumes[0].configMap.items[0].path: Invalid value: "a/../../x": must not contain '..'`],
  ],
  [
    'a bad variable name',
    podWith({ env: [{ name: 'A=B' }] }),
    [
      `${c0}.env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than '='`,
    ],
  ],
  [
    'a variable with two sources',
    podWith({
      env: [
        { name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' }, secretKeyRef: { name: 's', key: 'k' } } },
      ],
    }),
    [`${c0}.env[0].valueFrom: Invalid value: "": may not have more than one field specified at a time`],
  ],
  [
    'a privileged container without rights',
    podWith({ securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
    [
      `${c0}.securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
    ],
  ],
  [
    'a toleration of everything and nothing',
    pod({ tolerations: [{ effect: 'NoSchedule' }] }),
    ['spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty'],
  ],
];
for (const [what, manifest, expected] of pods) {
  test(`a Pod with ${what} is refused`, (t) => {
    t.deepEqual(refusals(kinds.Pod, manifest), expected);
  });
}

const workloads: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  [
    'a selector that does not match its template',
    { selector: { matchLabels: { app: 'x' } } },
    ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
  ],
  ['no selector', { selector: null }, ['spec.selector: Required value']],
  ['no template', { template: undefined }, ['spec.template: Required value']],
  ['a misspelt field', { replicsa: 3 }, ['spec.replicsa: unknown field; did you mean "replicas"?']],
  ['text for a number', { replicas: '3' }, ['spec.replicas: Invalid value: "3": must be an integer']],
  ['a negative number', { replicas: -1 }, ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
  [
    'pods that end',
    {
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a' }] },
      },
    },
    ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ],
];
for (const [what, spec, expected] of workloads) {
  test(`a Deployment and a ReplicaSet with ${what} are refused`, (t) => {
    t.deepEqual(refusals(kinds.Deployment, deployment(spec)), expected);
    t.deepEqual(refusals(kinds.ReplicaSet, replicaSet(spec)), expected);
  });
}

test('limits of a rolling update are checked', (t) => {
  const at = 'spec.strategy.rollingUpdate';
  const strategy = (rollingUpdate: unknown, type = 'RollingUpdate') =>
    refusals(kinds.Deployment, deployment({ strategy: { type, rollingUpdate } }));
  t.deepEqual(strategy({ maxSurge: 0, maxUnavailable: '0%' }), [
    `${at}.maxUnavailable: Invalid value: "0%": may not be 0 when \`maxSurge\` is 0`,
  ]);
  t.deepEqual(strategy({ maxSurge: 'x' }), [
    `${at}.maxSurge: Invalid value: "x": must be a whole number of pods or a percentage like 25%`,
  ]);
  t.deepEqual(strategy({}, 'Recreate'), [
    `${at}: Forbidden: may not be specified when strategy \`type\` is 'Recreate'`,
  ]);
  t.deepEqual(refusals(kinds.Deployment, deployment({ progressDeadlineSeconds: 5, minReadySeconds: 5 })), [
    'spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds',
  ]);
});

test('the other kinds refuse what breaks their rules', (t) => {
  t.deepEqual(refusals(kinds.Node, plain('Node', { metadata: { name: 'a', namespace: 'b' } })), [
    'metadata.namespace: Forbidden: not allowed on this type',
  ]);
  t.deepEqual(refusals(kinds.Node, plain('Node', { spec: { configSource: {} } })), [
    'spec.configSource: is not supported by this version of Bramble',
  ]);
  t.deepEqual(refusals(kinds.Namespace, plain('Namespace', { metadata: { name: 'a.b' } })), [
    `metadata.name: Invalid value: "a.b": ${label}`,
  ]);
  t.deepEqual(refusals(kinds.ConfigMap, plain('ConfigMap', { data: { 'a b': '' } })), [
    `data[a b]: Invalid value: "a b": ${configKey}`,
  ]);
  t.deepEqual(refusals(kinds.ConfigMap, plain('ConfigMap', { data: { a: '' }, binaryData: { a: '' } })), [
    'binaryData[a]: Invalid value: "a": duplicate of key present in data',
  ]);
  t.deepEqual(refusals(kinds.Secret, plain('Secret', { data: { a: '?' } })), [
    'data.a: Invalid value: "?": must be base64',
  ]);
  t.deepEqual(refusals(kinds.Secret, plain('Secret', { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } })), [
    'data[tls.key]: Required value',
  ]);
  t.deepEqual(refusals(kinds.Secret, plain('Secret', { stringData: { a: 'x'.repeat(1024 * 1024 + 1) } })), [
    'data: Too long: may not be more than 1048576 bytes',
  ]);
  t.deepEqual(refusals(kinds.Lease, plain('Lease', { spec: { renewTime: 'now' } })), [
    'spec.renewTime: Invalid value: "now": must be an RFC 3339 time like 2026-01-02T03:04:05Z',
  ]);
  t.deepEqual(refusals(kinds.Event, plain('Event')), ['involvedObject: Required value']);
  t.deepEqual(refusals(kinds.Pod, 'text'), [': Invalid value: "text": must be an object with named fields']);
});

function change<T extends KubeObject>(kind: Kind<T>, before: unknown, after: unknown): string[] {
  const [stored, next] = [parseStrict(kind, before), parseStrict(kind, after)];
  if (!stored.ok || !next.ok) throw new Error('both manifests must be valid');
  return sentences(validateChange(kind, next.object, stored.object));
}

test('fields that never change are kept', (t) => {
  const other = { matchLabels: { app: 'web', b: 'c' } };
  const template = { metadata: { labels: { app: 'web', b: 'c' } }, spec: { containers: [{ name: 'a', image: 'a' }] } };
  t.deepEqual(change(kinds.Deployment, deployment(), deployment({ selector: other, template })), [
    'spec.selector: Invalid value: {"matchLabels":{"app":"web","b":"c"}}: field is immutable',
  ]);
  t.deepEqual(change(kinds.Deployment, deployment(), deployment({ template, replicas: 2 })), []);
  t.deepEqual(change(kinds.Pod, pod(), podWith({ image: 'web:2' })), []);
  t.deepEqual(change(kinds.Pod, pod(), pod({ nodeName: 'pi-1' })), []);
  const frozen = [
    'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
  ];
  t.deepEqual(change(kinds.Pod, pod({ nodeName: 'pi-1' }), pod({ nodeName: 'pi-2' })), frozen);
  t.deepEqual(change(kinds.Pod, pod(), podWith({ command: ['x'] })), frozen);
  const map = (data: unknown, immutable: boolean) => plain('ConfigMap', { data, immutable });
  t.deepEqual(change(kinds.ConfigMap, map({ a: '1' }, false), map({ a: '2' }, true)), []);
  t.deepEqual(change(kinds.ConfigMap, map({ a: '1' }, true), map({ a: '2' }, false)), [
    'immutable: Forbidden: field is immutable when `immutable` is set',
    'data: Forbidden: field is immutable when `immutable` is set',
  ]);
  t.deepEqual(change(kinds.Secret, plain('Secret'), plain('Secret', { type: 'x' })), [
    'type: Invalid value: "x": field is immutable',
  ]);
});
