/** The container, or the sandbox, that a client means: found by the labels of pods, so nothing else of the runtime is reached. */

import { StreamError } from '../../../common/wire/stream.ts';
import { containerNameLabel, podNameLabel, podNamespaceLabel, podUidLabel } from '../../core/pod/pod-labels.ts';
import type { Labels, RuntimeContainer, Sandbox } from '../../core/runtime-model.ts';
import { type Cri, CriError } from '../../ports/cri.ts';

type OfPod = { readonly namespace: string; readonly pod: string };
export type Meant = OfPod & { readonly container?: string | undefined };
type Lists = Pick<Cri, 'listContainers' | 'listSandboxes'>;

/** All attempts at the container that the runtime knows, newest first. Throws StreamError `not-found`, `invalid`, or the runtime's. */
export async function attemptsOf(cri: Pick<Cri, 'listContainers'>, meant: Meant): Promise<readonly RuntimeContainer[]> {
  const { pod, container } = meant;
  const all = newestPod(await asked(() => cri.listContainers({ labels: labelsOf(meant) })));
  const names = [...new Set(all.map(({ labels, name }) => labels[containerNameLabel] ?? name))];
  const name = container ?? (names.length === 1 ? names[0] : undefined);
  if (names.length === 0) throw new StreamError('not-found', `no container of pod ${pod} has been started yet`);
  if (name === undefined) {
    throw new StreamError(
      'invalid',
      `a container name must be specified for pod ${pod}, choose one of: [${names.join(' ')}]`,
    );
  }
  const attempts = all.filter((one) => one.name === name).sort((a, b) => b.attempt - a.attempt);
  if (attempts.length === 0) throw new StreamError('not-found', `container "${name}" in pod "${pod}" not found`);
  return attempts;
}

/** The container that runs. Throws StreamError as `attemptsOf`, and `not-running`. */
export async function runningContainer(cri: Pick<Cri, 'listContainers'>, meant: Meant): Promise<RuntimeContainer> {
  const [newest] = await attemptsOf(cri, meant);
  if (newest?.state === 'running') return newest;
  throw new StreamError('not-running', `container "${newest?.name}" in pod "${meant.pod}" is not running`);
}

/** The pod's sandbox that is ready. Throws StreamError `not-running`. */
export async function readySandbox(cri: Pick<Lists, 'listSandboxes'>, meant: OfPod): Promise<Sandbox> {
  const found = newestPod(await asked(() => cri.listSandboxes({ labels: labelsOf(meant) }))).find(({ ready }) => ready);
  if (found === undefined) throw new StreamError('not-running', `pod "${meant.pod}" is not running`);
  return found;
}

/** Does what asks the runtime; its errors become the client's. */
export async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CriError) throw new StreamError(error.code, error.message, { cause: error });
    throw error;
  }
}

function labelsOf({ namespace, pod }: OfPod): Labels {
  return { [podNameLabel]: pod, [podNamespaceLabel]: namespace };
}

/** A pod of the same name may have been there before. */
function newestPod<T extends { readonly createdAt: number; readonly labels: Labels }>(
  found: readonly T[],
): readonly T[] {
  const newest = Math.max(...found.map(({ createdAt }) => createdAt));
  const uid = found.find(({ createdAt }) => createdAt === newest)?.labels[podUidLabel];
  return found.filter(({ labels }) => labels[podUidLabel] === uid);
}
