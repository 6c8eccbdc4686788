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
