/**
 * A pod's last status, kept in its directory for the next agent: so that a container that runs on stays ready, times of
 * transitions stay, and what has ended stays ended.
 */

import type { Logger } from '../../common/actor/types.ts';
import { type PodStatus, podStatusSchema } from '../../common/model/pod-status.ts';
import type { PodName } from '../core/runtime-model.ts';
import { type PodFiles, PodFilesError } from '../ports/pod-files.ts';

const FILE = 'status.json';
const LARGEST = 1024 * 1024;

export type KeptStatus = {
  readonly last: PodStatus | undefined;
  keep(status: PodStatus): void;
  /** Resolves when nothing is being written. */
  idle(): Promise<void>;
};

export async function openKeptStatus(name: PodName, files: PodFiles, log: Logger): Promise<KeptStatus> {
  let writing: Promise<void> = Promise.resolve();
  const write = async (status: PodStatus) => {
    try {
      await files.writeFile(name, FILE, JSON.stringify(status), 0o600);
    } catch (error) {
      if (!(error instanceof PodFilesError)) throw error;
      log.warn({ error }, "a pod's status is not kept for the next agent");
    }
  };
  return {
    last: await read(name, files),
    keep(status) {
      writing = writing.then(() => write(status));
    },
    idle: () => writing,
  };
}

/** A torn file, after a power cut, is as none. */
async function read(name: PodName, files: PodFiles): Promise<PodStatus | undefined> {
  try {
    const parsed = podStatusSchema.safeParse(JSON.parse(await files.readFile(name, FILE, LARGEST)));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof PodFilesError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
