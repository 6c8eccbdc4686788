/**
 * A pod's last status and its age, kept in its directory for the next agent: so that a container that runs on stays ready,
 * times of transitions stay, what has ended or was told to end stays so, and no clock that is set makes a pod older.
 */

import * as z from 'zod';
import type { Logger, Millis } from '../../../common/actor/types.ts';
import { type PodStatus, podStatusSchema } from '../../../common/model/pod-status.ts';
import type { Eviction } from '../../core/pod/pod-memory.ts';
import type { Kept } from '../../core/pod/taking-over.ts';
import type { PodName } from '../../core/runtime-model.ts';
import { sourceOf } from '../../core/sources/pod-source.ts';
import type { Uptime } from '../../ports/event-journal.ts';
import { type PodFiles, PodFilesError } from '../../ports/pod-files.ts';

const FILE = 'status.json';
const LARGEST = 1024 * 1024;
const eviction = z.object({
  outcome: z.object({
    phase: z.enum(['Succeeded', 'Failed']),
    reason: z.string().optional(),
    message: z.string().optional(),
  }),
  graceSeconds: z.number().min(0).optional(),
  ownFault: z.boolean().optional(),
});
/** `takenAt`: since that boot. */
const content = z.object({
  status: podStatusSchema,
  boot: z.string(),
  takenAt: z.number(),
  evicted: eviction.optional(),
});

type Deps = { readonly files: PodFiles; readonly uptime: Uptime };

export type KeptStatus = Kept & {
  keep(status: PodStatus, age: Millis, evicted?: Eviction): void;
  /** Resolves when nothing is being written. */
  idle(): Promise<void>;
};

export async function openKeptStatus(name: PodName, { files, uptime }: Deps, log: Logger): Promise<KeptStatus> {
  let writing: Promise<void> = Promise.resolve();
  const write = async (kept: z.input<typeof content>) => {
    try {
      await files.writeFile(name, FILE, JSON.stringify(kept), 0o600);
    } catch (error) {
      if (!(error instanceof PodFilesError)) throw error;
      log.warn({ error }, "a pod's status is not kept for the next agent");
    }
  };
  return {
    ...(await read(name, files, uptime)),
    keep(status, age, evicted) {
      const takenAt = uptime.sinceBoot() - age;
      writing = writing.then(() => write({ status, boot: uptime.boot, takenAt, evicted }));
    },
    idle: () => writing,
  };
}

const nothing: Kept = { last: undefined, age: undefined };

/** A torn file, after a power cut, is as none. */
async function read(name: PodName, files: PodFiles, { boot, sinceBoot }: Uptime): Promise<Kept> {
  try {
    const { success, data } = content.safeParse(JSON.parse(await files.readFile(name, FILE, LARGEST)));
    if (!success) return nothing;
    const sameBoot = data.boot === boot;
    // The node itself has ended it, for what another boot has not: nobody else would let a static pod run again.
    if (data.evicted !== undefined && !sameBoot && sourceOf(name.uid) !== 'master') return nothing;
    return { last: data.status, age: sameBoot ? sinceBoot() - data.takenAt : undefined, evicted: data.evicted };
  } catch (error) {
    if (error instanceof PodFilesError || error instanceof SyntaxError) return nothing;
    throw error;
  }
}
