import test from 'ava';
import { describeText } from '../../src/cli/print/describe.ts';
import type { KubeObject } from '../../src/common/model/meta.ts';

const now = Date.parse('2026-01-01T00:10:00Z');
const meta = { namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' };

test('a pod is described as kubectl does: place, containers with their states, conditions, volumes, events', (t) => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...meta, name: 'web-1', labels: { app: 'web', tier: 'front' } },
    spec: {
      nodeName: 'pi-1',
      containers: [
        {
          name: 'main',
          image: 'web:1',
          command: ['/bin/web'],
          ports: [{ containerPort: 80, protocol: 'TCP' }],
          resources: { limits: { memory: '32Mi' } },
          env: [
            { name: 'PLAIN', value: 'a b' },
            { name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
            { name: 'ME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
          ],
          volumeMounts: [{ name: 'conf', mountPath: '/etc/web', readOnly: true }],
        },
      ],
      volumes: [{ name: 'conf', configMap: { name: 'c', defaultMode: 420 } }],
    },
    status: {
      phase: 'Running',
      hostIP: '192.168.0.7',
      podIP: '10.0.0.7',
      startTime: '2026-01-01T00:00:01Z',
      qosClass: 'Burstable',
      conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'main is not ready' }],
      containerStatuses: [
        {
          name: 'main',
          image: 'web:1',
          imageID: 'sha256:1',
          containerID: 'containerd://abc',
          ready: false,
          restartCount: 2,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s' } },
          lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: '2026-01-01T00:09:00Z' } },
        },
      ],
    },
  } as unknown as KubeObject;
  t.is(
    describeText(pod, [], now),
    `Name:               web-1
Namespace:          default
Node:               pi-1/192.168.0.7
Start Time:         2026-01-01T00:00:01Z
Labels:             app=web
                    tier=front
Annotations:        <none>
CreationTimestamp:  2026-01-01T00:00:00Z (10m ago)
Status:             Running
IP:                 10.0.0.7
Containers:
  main:
    Container ID:   containerd://abc
    Image:          web:1
    Image ID:       sha256:1
    Port:           80/TCP
    Host Port:      0/TCP
    Command:
      /bin/web
    State:          Waiting
      Reason:       CrashLoopBackOff
      Message:      back-off 20s
    Last State:     Terminated
      Reason:       Error
      Exit Code:    1
      Finished:     2026-01-01T00:09:00Z
    Ready:          False
    Restart Count:  2
    Limits:
      memory:  32Mi
    Environment:
      PLAIN:  a b
      KEY:    <set to the key 'k' of secret 's'>  Optional: false
      ME:     (v1:metadata.name)
    Mounts:
      /etc/web from conf (ro)
Conditions:
  Type    Status   Since       Reason               Message
  Ready   False    <unknown>   ContainersNotReady   main is not ready
Volumes:
  conf:
    Type:      ConfigMap (a volume populated by a ConfigMap)
    Name:      c
    Optional:  false
QoS Class:       Burstable
Node-Selectors:  <none>
Tolerations:     <none>
Events:  <none>
`,
  );
});

test('a pod tells of its probes, hooks, sidecars, gates, volumes of all kinds, and of its end', (t) => {
  const times = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...meta,
      name: 'web-1',
      deletionTimestamp: '2026-01-01T00:10:25Z',
      deletionGracePeriodSeconds: 30,
    },
    spec: {
      initContainers: [
        {
          name: 'side',
          image: 'side:1',
          resources: {},
          restartPolicy: 'Always',
          startupProbe: { ...times, exec: { command: ['cat', '/up'] }, terminationGracePeriodSeconds: 3 },
        },
      ],
      containers: [
        {
          name: 'main',
          image: 'web:1',
          resources: {},
          ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
          livenessProbe: { ...times, httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' } },
          readinessProbe: { ...times, tcpSocket: { port: 'http' }, initialDelaySeconds: 5 },
          startupProbe: { ...times, grpc: { port: 9, service: 'a' } },
          lifecycle: {
            postStart: { httpGet: { path: 'up', host: 'a', port: 'http', scheme: 'HTTPS' } },
            preStop: { sleep: { seconds: 5 } },
            stopSignal: 'SIGUSR1',
          },
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp', subPath: 'a' }],
        },
      ],
      readinessGates: [{ conditionType: 'example.com/a' }, { conditionType: 'example.com/b' }],
      volumes: [
        { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
        { name: 'me', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        {
          name: 'all',
          projected: { sources: [{ secret: { name: 's', optional: true } }, { configMap: { name: 'c' } }] },
        },
      ],
    },
    status: { phase: 'Running', conditions: [{ type: 'example.com/a', status: 'True' }] },
  } as unknown as KubeObject;
  const text = describeText(pod, [], now);
  const parts = [
    'Deleting:                  for 5s\nStatus:                    Terminating\nTermination Grace Period:  30s\n',
    'Init Containers:\n  side:\n    Image:           side:1\n    Port:            <none>\n    Host Port:       <none>\n    Restart Policy:  Always\n    Startup:         exec [cat /up] delay=0s timeout=1s period=10s #success=1 #failure=3 grace=3s\n',
    '    Port:         8080/TCP (http)\n    Host Port:    0/TCP\n    Liveness:     http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3\n    Readiness:    tcp-socket :http delay=5s timeout=1s period=10s #success=1 #failure=3\n    Startup:      grpc <pod>:9 a delay=0s timeout=1s period=10s #success=1 #failure=3\n',
    '    Lifecycle:\n      Post Start:   http-get https://a:http/up\n      Pre Stop:     sleep 5s\n      Stop Signal:  SIGUSR1\n',
    '      /tmp from tmp (rw,path="a")\n',
    'Readiness Gates:\n  example.com/a:  True\n  example.com/b:  <none>\n',
    "  tmp:\n    Type:       EmptyDir (a temporary directory that shares a pod's lifetime)\n    Medium:     Memory\n    SizeLimit:  1Mi\n",
    '  me:\n    Type:  DownwardAPI (a volume populated by information about the pod)\n    Items:\n      metadata.labels -> labels\n',
    '    Type:           Projected (a volume that contains injected data from multiple sources)\n    SecretName:     s\n    Optional:       true\n    ConfigMapName:  c\n    Optional:       false\n',
  ];
  for (const part of parts) t.true(text.includes(part), `${part}\nis not in\n${text}`);
});

test("a ConfigMap's keys and values are shown as they are", (t) => {
  const data = { greeting: 'hello\nworld\n', fooBar: '1' };
  const text = describeText(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...meta, name: 'c' }, data } as never,
    [],
    now,
  );
  t.true(text.includes('Data:\n  greeting:\n    hello\n    world\n  fooBar:\n    1\n'), text);
});

test('a deployment tells its replicas and its template, a node what it is and has', (t) => {
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...meta, name: 'web' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
      minReadySeconds: 0,
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'main', image: 'web:1', resources: {} }] },
      },
    },
    status: { updatedReplicas: 3, replicas: 3, availableReplicas: 2, unavailableReplicas: 1 },
  } as unknown as KubeObject;
  const text = describeText(deployment, [], now);
  t.regex(text, /^Selector: +app=web$/m);
  t.regex(text, /^Replicas: +3 desired \| 3 updated \| 3 total \| 2 available \| 1 unavailable$/m);
  t.regex(text, /^RollingUpdateStrategy: +1 max unavailable, 25% max surge$/m);
  t.regex(text, /^Pod Template:\n {2}Labels: {3}app=web\n {2}Containers:\n {4}main:\n {6}Image: +web:1$/m);
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'pi-1' },
    spec: { taints: [{ key: 'edge', value: 'yes', effect: 'NoSchedule' }] },
    status: { capacity: { cpu: '4' }, addresses: [{ type: 'InternalIP', address: '192.168.0.7' }] },
  } as unknown as KubeObject;
  const told = describeText(node, [], now);
  t.regex(told, /^Taints: +edge=yes:NoSchedule\nUnschedulable: +false$/m);
  t.regex(told, /^Addresses:\n {2}InternalIP: {2}192\.168\.0\.7\nCapacity:\n {2}cpu: {2}4$/m);
});

test('a node is described with its hardware, the wear of its storage, what is written and why it started anew', (t) => {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'pi-1', creationTimestamp: meta.creationTimestamp },
    spec: { taints: [{ key: 'bramble.io/under-voltage', effect: 'PreferNoSchedule' }] },
    status: {
      conditions: [
        {
          type: 'UnderVoltage',
          status: 'True',
          reason: 'UnderVoltageDetected',
          message: 'use the official power supply',
          lastTransitionTime: '2026-01-01T00:09:00Z',
        },
      ],
      device: {
        model: 'Raspberry Pi 4 Model B Rev 1.4',
        revision: 'c03114',
        pageSizeBytes: 16_384,
        storage: [
          { name: 'mmcblk0', type: 'MMC', lifeUsedPercent: 20, preEndOfLife: 'Normal' },
          { name: 'mmcblk1', type: 'SD' },
          { name: 'mmcblk2', lifeUsedPercent: 110 },
        ],
        powerSupplyMilliamps: 3000,
        writtenBytesPerDay: { agent: 300_000, logs: 0, total: 209_715_200 },
        lastReboot: { reason: 'PowerLoss', message: 'the last boot left no word', time: '2026-01-01T00:00:00Z' },
      },
    },
  } as unknown as KubeObject;
  t.is(
    describeText(node, [], now),
    `Name:               pi-1
Labels:             <none>
Annotations:        <none>
CreationTimestamp:  2026-01-01T00:00:00Z (10m ago)
Taints:             bramble.io/under-voltage:PreferNoSchedule
Unschedulable:      false
Conditions:
  Type           Status   Since   Reason                 Message
  UnderVoltage   True     60s     UnderVoltageDetected   use the official power supply
Device:
  Model:          Raspberry Pi 4 Model B Rev 1.4
  Revision:       c03114
  Page Size:      16 KiB
  Power Supply:   3 A at most
  Storage:        mmcblk0 (MMC): up to 20 % of its life used, reserve: Normal
                  mmcblk1 (SD): does not tell its wear
                  mmcblk2: all of its life used
  Written a Day:  agent: 293 KiB, logs of pods: 0 B, all: 200 MiB
  Last Reboot:    PowerLoss, at 2026-01-01T00:00:00Z, the last boot left no word
Events:  <none>
`,
  );
});
