/** The message that a container left: its termination file, or where its policy says so the end of its log. */

import { messagePolicyAnnotation } from '../../core/pod/pod-labels.ts';
import type { PodName, RuntimeContainerStatus } from '../../core/runtime-model.ts';
import type { Logs } from '../../ports/logs.ts';
import { type PodFiles, PodFilesError } from '../../ports/pod-files.ts';

export type WordsPorts = { readonly files: Pick<PodFiles, 'readFile'>; readonly logs: Logs };

/** Limits of Kubernetes, in bytes and lines. */
const FILE_BYTES = 4096;
const LOG_BYTES = 2048;
const LOG_LINES = 80;

/** The agent's file behind a container's termination message path. */
export const terminationFile = (container: string, attempt: number) => `${container}-${attempt}.termination`;

/** Empty when there is none: a container that was made otherwise, or whose directory has gone, left no words. */
export async function lastWords(ports: WordsPorts, pod: PodName, container: RuntimeContainerStatus): Promise<string> {
  const { name, attempt, exitCode, annotations, logPath } = container;
  const words = await inFile(ports, pod, terminationFile(name, attempt));
  const fallsBack = annotations[messagePolicyAnnotation] === 'FallbackToLogsOnError';
  return words === '' && fallsBack && exitCode !== 0 ? await inLog(ports, logPath) : words;
}

async function inFile({ files }: WordsPorts, pod: PodName, name: string): Promise<string> {
  try {
    return await files.readFile(pod, name, FILE_BYTES);
  } catch (error) {
    if (error instanceof PodFilesError) return '';
    throw error;
  }
}

async function inLog({ logs }: WordsPorts, path: string): Promise<string> {
  let end = Buffer.alloc(0);
  const options = { follow: false, timestamps: false, tailLines: LOG_LINES };
  for await (const line of logs.read(path, options, () => true, new AbortController().signal)) {
    end = Buffer.concat([end, line]).subarray(-LOG_BYTES);
  }
  return end.toString();
}
