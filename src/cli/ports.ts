/** The ports of `port-forward`: `8080`, `8080:80`, `:80` (any local one), `8080:http` (a container's named port). */

import { usageError } from './errors.ts';
import type { PodContainer } from './pods.ts';

export type PortPair = { readonly local: number; readonly remote: number };

/** Throws CliError. */
export function portPair(text: string, containers: readonly PodContainer[]): PortPair {
  const [first = '', second, ...more] = text.split(':');
  if (more.length > 0) throw unreadable(text);
  const remote = remotePort(second ?? first, containers, text);
  if (second === undefined) return { local: remote, remote };
  if (!/^\d{0,5}$/.test(first) || Number(first) > 65535) throw unreadable(text);
  return { local: Number(first), remote };
}

function remotePort(word: string, containers: readonly PodContainer[], text: string): number {
  if (/^\d{1,5}$/.test(word) && Number(word) >= 1 && Number(word) <= 65535) return Number(word);
  const ports = containers.flatMap((container) => container.ports);
  const named = ports.find(({ name }) => name !== undefined && name === word);
  if (named !== undefined) return named.containerPort;
  const names = ports.flatMap(({ name }) => name ?? []);
  if (!/^[a-z0-9-]*[a-z][a-z0-9-]*$/.test(word)) throw unreadable(text);
  throw usageError(
    `the pod has no port named ${JSON.stringify(word)}; it has ${names.join(', ') || 'none with a name'}`,
  );
}

const unreadable = (text: string) =>
  usageError(
    `${JSON.stringify(text)} is no port: write REMOTE, LOCAL:REMOTE, :REMOTE for any local port, or a port's name`,
  );
