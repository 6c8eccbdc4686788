/** The fields of a pod's life: their defaults, and what is refused in Kubernetes' words. */
import test from 'ava';
import { kinds } from '../../../src/common/model/kinds.ts';
import { parseStrict, validateChange } from '../../../src/common/model/parse.ts';
import type { Pod } from '../../../src/common/model/pod.ts';
import { plain, pod, podWith } from './manifests.ts';

function parsed(manifest: unknown): Pod {
  const result = parseStrict(kinds.Pod, manifest);
  if (!result.ok) throw new Error(JSON.stringify(result.causes));
  return result.object;
}
function refusals(manifest: unknown): string[] {
  const result = parseStrict(kinds.Pod, manifest);
  return result.ok ? [] : result.causes.map(({ field, message }) => `${field}: ${message}`);
}
const c0 = 'spec.containers[0]';
const exec = { exec: { command: ['true'] } };
const init = (fields: object) => pod({ initContainers: [{ name: 'init', image: 'a', ...fields }] });

test('a probe gets the defaults of Kubernetes', (t) => {
  const container = parsed(
    podWith({
      livenessProbe: { httpGet: { port: 80 } },
      readinessProbe: { grpc: { port: 1 }, periodSeconds: 0 },
      terminationMessagePath: '',
    }),
  ).spec.containers[0];
  t.is(container?.terminationMessagePath, '/dev/termination-log');
  t.deepEqual(container?.livenessProbe, {
    httpGet: { path: '/', port: 80, scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  t.deepEqual(container?.readinessProbe?.grpc, { port: 1, service: '' });
  t.is(container?.readinessProbe?.periodSeconds, 10, 'zero means the default');
});

test('volumes get the defaults of Kubernetes', (t) => {
  const fieldRef = { fieldPath: 'metadata.labels' };
  const { volumes } = parsed(
    pod({
      volumes: [
        { name: 'a', downwardAPI: { items: [{ path: 'labels', fieldRef }] } },
        {
          name: 'b',
          projected: { sources: [{ configMap: { name: 'c' } }, { secret: { name: 's', optional: true } }] },
        },
        { name: 'c', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      ],
    }),
  ).spec;
  t.deepEqual<unknown, unknown>(volumes, [
    {
      name: 'a',
      downwardAPI: { items: [{ path: 'labels', fieldRef: { apiVersion: 'v1', ...fieldRef } }], defaultMode: 420 },
    },
    {
      name: 'b',
      projected: {
        sources: [{ configMap: { name: 'c' } }, { secret: { name: 's', optional: true } }],
        defaultMode: 420,
      },
    },
    { name: 'c', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
  ]);
});

test('all that a pod of Kubernetes may say of its life is accepted', (t) => {
  const sidecar = {
    name: 'side',
    image: 'a',
    restartPolicy: 'Always',
    startupProbe: exec,
    lifecycle: { preStop: exec },
  };
  const { spec } = parsed(
    pod({
      initContainers: [sidecar],
      os: { name: 'linux' },
      activeDeadlineSeconds: 60,
      dnsPolicy: 'None',
      dnsConfig: {
        nameservers: ['1.1.1.1', '::1'],
        searches: ['a.example.'],
        options: [{ name: 'ndots', value: '2' }],
      },
      hostAliases: [{ ip: '10.0.0.1', hostnames: ['a', 'b.c'] }],
      hostname: 'h',
      subdomain: 's',
      setHostnameAsFQDN: true,
      imagePullSecrets: [{ name: 'registry' }],
      readinessGates: [{ conditionType: 'example.com/ready' }],
      securityContext: { fsGroup: 1000, fsGroupChangePolicy: 'OnRootMismatch' },
      tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 7 }],
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [
        {
          name: 'web',
          image: 'web:1',
          ports: [{ name: 'http', containerPort: 80 }],
          readinessProbe: { httpGet: { port: 'http', httpHeaders: [{ name: 'X-A', value: '' }] }, successThreshold: 2 },
          livenessProbe: { tcpSocket: { port: 80 }, terminationGracePeriodSeconds: 5 },
          lifecycle: { postStart: exec, preStop: { sleep: { seconds: 3 } }, stopSignal: 'SIGUSR1' },
          resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }],
          terminationMessagePath: '/last',
          terminationMessagePolicy: 'FallbackToLogsOnError',
          stdin: true,
          stdinOnce: true,
          tty: true,
          volumeMounts: [{ name: 'v', mountPath: '/v', subPathExpr: '$(POD)/x', mountPropagation: 'HostToContainer' }],
        },
      ],
    }),
  );
  t.is(spec.initContainers?.[0]?.restartPolicy, 'Always');
});

const portName =
  "must contain only lower case alphanumeric characters and '-', start and end with an alphanumeric character, and must not contain consecutive hyphens";
const header = "a valid HTTP header must consist of alphanumeric characters or '-' (for example 'X-Header-Name')";
const notForInit = 'may not be set for init containers without restartPolicy=Always';
const cases: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    'a probe that does nothing',
    podWith({ livenessProbe: {} }),
    [`${c0}.livenessProbe: Required value: must specify a handler type`],
  ],
  [
    'a probe that does two things',
    podWith({ livenessProbe: { ...exec, tcpSocket: { port: 1 } } }),
    [`${c0}.livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`],
  ],
  [
    'a probe without a command',
    podWith({ livenessProbe: { exec: { command: [] } } }),
    [`${c0}.livenessProbe.exec.command: Required value`],
  ],
  [
    'a probe of a port that is none',
    podWith({ livenessProbe: { tcpSocket: { port: 0 } } }),
    [`${c0}.livenessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive`],
  ],
  [
    'a probe of a bad port name',
    podWith({ livenessProbe: { tcpSocket: { port: 'a_b' } } }),
    [`${c0}.livenessProbe.tcpSocket.port: Invalid value: "a_b": ${portName}`],
  ],
  [
    'a probe of a port that nobody named',
    podWith({ readinessProbe: { httpGet: { port: 'web' } } }),
    [`${c0}.readinessProbe.httpGet.port: Not found: "web"`],
  ],
  [
    'a probe of a port that is no port',
    podWith({ readinessProbe: { httpGet: { port: [] } } }),
    [
      `${c0}.readinessProbe.httpGet.port: Invalid value: []: must be a number between 1 and 65535 or the name of a port`,
    ],
  ],
  [
    'a bad header',
    podWith({ readinessProbe: { httpGet: { port: 1, httpHeaders: [{ name: 'a b', value: '' }] } } }),
    [`${c0}.readinessProbe.httpGet.httpHeaders: Invalid value: "a b": ${header}`],
  ],
  [
    'a negative period',
    podWith({ livenessProbe: { ...exec, periodSeconds: -1 } }),
    [`${c0}.livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0`],
  ],
  [
    'a liveness probe that must succeed twice',
    podWith({ livenessProbe: { ...exec, successThreshold: 2 } }),
    [`${c0}.livenessProbe.successThreshold: Invalid value: 2: must be 1`],
  ],
  [
    'a startup probe that must succeed twice',
    podWith({ startupProbe: { ...exec, successThreshold: 2 } }),
    [`${c0}.startupProbe.successThreshold: Invalid value: 2: must be 1`],
  ],
  [
    'a probe without any grace',
    podWith({ livenessProbe: { ...exec, terminationGracePeriodSeconds: 0 } }),
    [`${c0}.livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0`],
  ],
  [
    'a readiness probe with a grace period',
    podWith({ readinessProbe: { ...exec, terminationGracePeriodSeconds: 5 } }),
    [`${c0}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes`],
  ],
  [
    'a hook that does nothing',
    podWith({ lifecycle: { preStop: {} } }),
    [`${c0}.lifecycle.preStop: Required value: must specify a handler type`],
  ],
  [
    'a hook that sleeps longer than the grace period',
    podWith({ lifecycle: { preStop: { sleep: { seconds: 31 } } } }),
    [
      `${c0}.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)`,
    ],
  ],
  [
    'a restart policy of a container',
    podWith({ restartPolicy: 'Always' }),
    [`${c0}.restartPolicy: Forbidden: may not be set for non-init containers`],
  ],
  [
    'a restart policy that is none',
    init({ restartPolicy: 'Never' }),
    ['spec.initContainers[0].restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ],
  [
    'an init container with probes and hooks',
    init({ lifecycle: {}, readinessProbe: exec }),
    [
      `spec.initContainers[0].lifecycle: Forbidden: ${notForInit}`,
      `spec.initContainers[0].readinessProbe: Forbidden: ${notForInit}`,
    ],
  ],
  [
    'a restart for a resize that never happens',
    pod({
      restartPolicy: 'Never',
      containers: [
        { name: 'web', image: 'a', resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] },
      ],
    }),
    [
      `${c0}.resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": must be 'NotRequired' when \`restartPolicy\` is 'Never'`,
    ],
  ],
  [
    'huge pages',
    podWith({ resources: { limits: { 'hugepages-2Mi': '4Mi' } } }),
    [
      `${c0}.resources.limits.hugepages-2Mi: huge pages are not supported by this version of Bramble: take them out, or use memory`,
    ],
  ],
  [
    'thousandths of bytes',
    podWith({ resources: { limits: { memory: '512m' } } }),
    [
      `${c0}.resources.limits.memory: Invalid value: "512m": must be a whole number of bytes: m stands for thousandths, M for millions, Mi for 1048576`,
    ],
  ],
  [
    'a path of last words that is relative',
    podWith({ terminationMessagePath: 'x' }),
    [`${c0}.terminationMessagePath: Invalid value: "x": must be an absolute path`],
  ],
  [
    'a deadline of no time',
    pod({ activeDeadlineSeconds: 0 }),
    ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
  ],
  [
    'no resolver of its own',
    pod({ dnsPolicy: 'None' }),
    ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  ],
  [
    'no name server',
    pod({ dnsPolicy: 'None', dnsConfig: {} }),
    ['spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None'],
  ],
  [
    'a name server by name',
    pod({ dnsConfig: { nameservers: ['dns'] } }),
    [
      'spec.dnsConfig.nameservers[0]: Invalid value: "dns": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ],
  [
    'too many name servers',
    pod({ dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } }),
    [
      'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers',
    ],
  ],
  [
    'an option that breaks its line',
    pod({ dnsConfig: { options: [{ name: 'a\nb' }] } }),
    ['spec.dnsConfig.options[0].name: Invalid value: "a\\nb": must not contain blanks'],
  ],
  [
    'an alias of no address',
    pod({ hostAliases: [{ ip: '1.2.3' }] }),
    ['spec.hostAliases[0].ip: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  ],
  [
    'a gate without a name',
    pod({ readinessGates: [{ conditionType: '' }] }),
    ['spec.readinessGates[0].conditionType: Invalid value: "": name part must be non-empty'],
  ],
  [
    'a password without a name',
    pod({ imagePullSecrets: [{ name: '' }] }),
    ['spec.imagePullSecrets[0].name: Required value'],
  ],
];
for (const [what, manifest, expected] of cases) {
  test(`a Pod with ${what} is refused`, (t) => {
    t.deepEqual(refusals(manifest), expected);
  });
}

const mounting = (mount: object) =>
  pod({
    volumes: [{ name: 'v', emptyDir: {} }],
    containers: [{ name: 'web', image: 'a', volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }] }],
  });
const m0 = `${c0}.volumeMounts[0]`;
const volume = (source: object) => pod({ volumes: [{ name: 'v', ...source }] });
const v0 = 'spec.volumes[0]';
const fieldRef = { fieldPath: 'metadata.name' };
const volumes: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['an absolute subPath', mounting({ subPath: '/a' }), [`${m0}.subPath: Invalid value: "/a": must be a relative path`]],
  [
    'a subPath that leaves',
    mounting({ subPath: 'a/../b' }),
    [`${m0}.subPath: Invalid value: "a/../b": must not contain '..'`],
  ],
  [
    'two subPaths',
    mounting({ subPath: 'a', subPathExpr: 'b' }),
    [`${m0}.subPathExpr: Invalid value: "b": subPathExpr and subPath are mutually exclusive`],
  ],
  [
    'mounts that spread without the right',
    mounting({ mountPropagation: 'Bidirectional' }),
    [`${m0}.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`],
  ],
  [
    'a negative size',
    volume({ emptyDir: { sizeLimit: '-1' } }),
    [`${v0}.emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity`],
  ],
  [
    'a projection of nothing',
    volume({ projected: { sources: [{}] } }),
    [`${v0}.projected.sources[0]: Required value: must specify one of: configMap, secret, downwardAPI`],
  ],
  [
    'a projection of two things',
    volume({ projected: { sources: [{ configMap: { name: 'a' }, secret: { name: 'b' } }] } }),
    [`${v0}.projected.sources[0]: Forbidden: may not specify more than 1 volume type per source`],
  ],
  [
    'a projected token',
    volume({ projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }),
    [
      `${v0}.projected.sources[0].serviceAccountToken: is not supported by this version of Bramble`,
      `${v0}.projected.sources[0]: Required value: must specify one of: configMap, secret, downwardAPI`,
    ],
  ],
  [
    'one file from two sources',
    volume({
      projected: {
        sources: [
          { configMap: { name: 'a', items: [{ key: 'k', path: 'p' }] } },
          { downwardAPI: { items: [{ path: 'p', fieldRef }] } },
        ],
      },
    }),
    [`${v0}.projected: Invalid value: "p": conflicting duplicate paths`],
  ],
  [
    'a file of nothing',
    volume({ downwardAPI: { items: [{ path: 'p' }] } }),
    [`${v0}.downwardAPI.items[0]: Required value: one of fieldRef and resourceFieldRef is required`],
  ],
  [
    'a file of a field that files do not have',
    volume({ downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'status.podIP' } }] } }),
    [
      `${v0}.downwardAPI.items[0].fieldRef.fieldPath: Unsupported value: "status.podIP": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels", "metadata.annotations", "metadata.labels['<KEY>']", "metadata.annotations['<KEY>']"`,
    ],
  ],
  [
    'a file of resources of no container',
    volume({ downwardAPI: { items: [{ path: 'p', resourceFieldRef: { resource: 'limits.cpu' } }] } }),
    [`${v0}.downwardAPI.items[0].resourceFieldRef.containerName: Required value`],
  ],
  [
    'a divisor of another resource',
    volume({
      downwardAPI: {
        items: [{ path: 'p', resourceFieldRef: { containerName: 'web', resource: 'limits.cpu', divisor: '1Mi' } }],
      },
    }),
    [
      `${v0}.downwardAPI.items[0].resourceFieldRef.divisor: Invalid value: "1Mi": only divisor's values 1m, 1 are supported with the cpu resource`,
    ],
  ],
];
for (const [what, manifest, expected] of volumes) {
  test(`a Pod with ${what} is refused`, (t) => {
    t.deepEqual(refusals(manifest), expected);
  });
}

test('passwords of registries must be JSON, and are never repeated', (t) => {
  const secret = (text: string) => {
    const parsedSecret = parseStrict(
      kinds.Secret,
      plain('Secret', { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': text } }),
    );
    return parsedSecret.ok ? [] : parsedSecret.causes.map(({ field, message }) => `${field}: ${message}`);
  };
  t.deepEqual(secret('{"auths":{}}'), []);
  t.deepEqual(secret('hunter2'), [
    'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": must be a JSON object',
  ]);
});

test('an update may shorten the deadline and add tolerations, and no more', (t) => {
  const change = (before: Record<string, unknown>, after: Record<string, unknown>) =>
    validateChange(kinds.Pod, parsed(pod(after)), parsed(pod(before))).map(
      ({ field, message }) => `${field}: ${message}`,
    );
  const one = { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
  t.deepEqual(change({}, { activeDeadlineSeconds: 5 }), []);
  t.deepEqual(change({ activeDeadlineSeconds: 5 }, { activeDeadlineSeconds: 4 }), []);
  t.deepEqual(change({ activeDeadlineSeconds: 5 }, { activeDeadlineSeconds: 6 }), [
    'spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value',
  ]);
  t.deepEqual(change({ activeDeadlineSeconds: 5 }, {}), [
    'spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value',
  ]);
  t.deepEqual(
    change({ tolerations: [one] }, { tolerations: [{ ...one, tolerationSeconds: 9 }, { operator: 'Exists' }] }),
    [],
  );
  t.deepEqual(change({ tolerations: [one] }, {}), [
    'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
  ]);
  const two = [
    { name: 'web', image: 'web:1' },
    { name: 'b', image: 'b' },
  ];
  t.deepEqual(change({}, { containers: two }), [
    'spec.containers: Forbidden: pod updates may not add or remove containers',
  ]);
});
