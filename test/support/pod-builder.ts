/** Pods for tests of the agent: state only what matters. */

import type { Container } from '../../src/common/model/container.ts';
import type { Pod } from '../../src/common/model/pod.ts';
import type { PodSpec } from '../../src/common/model/pod-spec.ts';
import type { Probe } from '../../src/common/model/probe.ts';

export function aContainer(name = 'app', change: Partial<Container> = {}): Container {
  return {
    name,
    image: 'registry.test/app:1',
    imagePullPolicy: 'IfNotPresent',
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...change,
  };
}

export function aPod(name = 'web', change: { spec?: Partial<PodSpec>; metadata?: Partial<Pod['metadata']> } = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, generation: 1, ...change.metadata },
    spec: {
      containers: [aContainer()],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      securityContext: {},
      dnsPolicy: 'ClusterFirst',
      schedulerName: 'default-scheduler',
      nodeName: 'pi-7',
      ...change.spec,
    },
  };
}

/** One that asks over TCP, with the defaults. */
export function aProbe(change: Partial<Probe> = {}): Probe {
  return {
    tcpSocket: { port: 80 },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
    ...change,
  };
}
