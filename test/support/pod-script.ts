/** Shell scripts as pods of a real cluster: what they print is what a container sees. */

import type { Cluster } from './cluster.ts';
import { until } from './eventually.ts';

/** Fields of a pod and of its only container beside the script. */
export type PodScript = {
  readonly script: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly container?: Readonly<Record<string, unknown>>;
};

export type Scripts = {
  /** Applies objects; throws with the client's words when they are refused. */
  apply(...objects: readonly unknown[]): Promise<void>;
  /** A pod object that runs the script once. */
  pod(name: string, script: PodScript): unknown;
  /** Runs a pod to its end and answers with what it printed; throws unless it ended well. */
  run(name: string, script: PodScript): Promise<string>;
  /** What the pod has printed, once that matches. */
  printed(name: string, pattern: RegExp): Promise<string>;
  /** One field by a JSONPath such as `{.status.phase}`. */
  field(kind: string, name: string, path: string): Promise<string>;
  /** Messages of the pod's events of one reason, once there are such that match. */
  event(name: string, reason: string, message: RegExp): Promise<string>;
};

export function scriptsOn(cluster: Cluster): Scripts {
  const ok = async (args: readonly string[], input?: string): Promise<string> => {
    const ran = await cluster.bramble(args, input);
    if (ran.code !== 0) throw new Error(`bramble ${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout;
  };
  const scripts: Scripts = {
    async apply(...objects) {
      await ok(['apply', '-f', '-'], objects.map((object) => JSON.stringify(object)).join('\n---\n'));
    },
    pod: (name, { script, labels, annotations, spec, container }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels, annotations },
      spec: {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: 'bramble.local/busybox:1', command: ['sh', '-c', script], ...container }],
        ...spec,
      },
    }),
    async run(name, script) {
      await scripts.apply(scripts.pod(name, script));
      const path = '{.status.phase}';
      await cluster.bramble(['wait', `pod/${name}`, `--for=jsonpath=${path}=Succeeded`, '--timeout=60s']);
      const phase = await scripts.field('pod', name, path);
      const printed = await cluster.bramble(['logs', name, '-c', 'main']);
      if (phase !== 'Succeeded')
        throw new Error(
          `pod ${name} is ${phase}: ${printed.stdout}${printed.stderr}${await ok(['describe', 'pod', name])}`,
        );
      return printed.stdout;
    },
    async printed(name, pattern) {
      let printed = '';
      await until(`pod ${name} prints ${pattern}`, async () => {
        printed = (await cluster.bramble(['logs', name, '-c', 'main'])).stdout;
        return pattern.test(printed);
      });
      return printed;
    },
    field: (kind, name, path) => ok(['get', kind, name, '-o', `jsonpath=${path}`]),
    async event(name, reason, message) {
      let lines: readonly string[] = [];
      await until(`pod ${name} has an event ${reason} ${message}`, async () => {
        const described = await ok(['describe', 'pod', name]);
        lines = described.split('\n').filter((line) => line.includes(reason) && message.test(line));
        return lines.length > 0;
      });
      return lines.join('\n');
    },
  };
  return scripts;
}
