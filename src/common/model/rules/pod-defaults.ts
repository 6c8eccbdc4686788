/** Defaults of pods that depend on other fields. Apart from the rules: devices fill them in, and check no rules. */
import type { Container } from '../container.ts';
import type { PodSpec } from '../pod-spec.ts';
import type { Probe } from '../probe.ts';

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

/** The spec with the defaults that depend on other fields: pull policies, requests from limits, host ports. */
export function withPodSpecDefaults(spec: PodSpec): PodSpec {
  const container = (given: Container) => withContainerDefaults(given, spec.hostNetwork ?? false);
  return {
    ...spec,
    containers: spec.containers.map(container),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(container) }),
  };
}

function withContainerDefaults(container: Container, hostNetwork: boolean): Container {
  const { image, imagePullPolicy, resources, ports, terminationMessagePath } = container;
  const limits = resources.limits;
  return {
    ...withProbeDefaults(container),
    terminationMessagePath: terminationMessagePath || '/dev/termination-log',
    imagePullPolicy: imagePullPolicy ?? (isLatest(image) ? 'Always' : 'IfNotPresent'),
    resources: limits ? { ...resources, requests: { ...limits, ...resources.requests } } : resources,
    ...(hostNetwork && ports && { ports: ports.map((port) => ({ hostPort: port.containerPort, ...port })) }),
  };
}

/** Whether an image reference means the tag `latest`: it has neither digest nor another tag. */
function isLatest(image: string): boolean {
  if (image.includes('@')) return false;
  const last = image.slice(image.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  return colon < 0 || last.slice(colon + 1) === 'latest';
}

/** The container with the defaults of Kubernetes for zeros: a probe that never waits, or never counts, is none. */
function withProbeDefaults(container: Container): Container {
  const given = probes.flatMap((name) => {
    const probe = container[name];
    return probe ? [[name, withoutZeros(probe)] as const] : [];
  });
  return given.length === 0 ? container : { ...container, ...Object.fromEntries(given) };
}

const withoutZeros = (probe: Probe): Probe => ({
  ...probe,
  timeoutSeconds: probe.timeoutSeconds || 1,
  periodSeconds: probe.periodSeconds || 10,
  successThreshold: probe.successThreshold || 1,
  failureThreshold: probe.failureThreshold || 3,
});
