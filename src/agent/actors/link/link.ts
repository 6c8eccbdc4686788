/**
 * The agent's side of the link to the master: hello, beats, and asking what is wanted. What is wanted is on the disk before
 * anything acts on it, unless the disk is full: then it is acted on and written later, because a pod that filled the disk must
 * be deletable. While the master is away nothing changes: pods run on from the checkpoint.
 */

import type { Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import { backoff } from '../../../common/lib/backoff.ts';
import type { Node } from '../../../common/model/node.ts';
import type { Desired, UpMessage } from '../../../common/wire/agent-protocol.ts';
import { haveDigest } from '../../../common/wire/have-digest.ts';
import { readWanted, type WantedEntry } from '../../core/sources/wanted-object.ts';
import { type Checkpoint, CheckpointError } from '../../ports/checkpoint.ts';
import type { MirrorsMessage } from '../sources/mirrors.ts';
import type { OverviewMessage } from '../sources/overview.ts';
import type { PodsMessage } from '../sources/pods.ts';
import { type CheckpointVoiceDeps, checkpointVoice } from './checkpoint-voice.ts';
import type { ReporterMessage } from './reporter.ts';

export type LinkMessage =
  /** Something changed: ask. */
  | { readonly type: 'poke' }
  /** Say hello again: the master asks for it, or the connection is back. A whole fleet may be told at once. */
  | { readonly type: 'who' }
  /** The node as it is now. */
  | { readonly type: 'node'; readonly object: Node }
  | { readonly type: 'greeted'; readonly sent: Node; readonly refusal: string | undefined }
  /** `unkept`: why it could not be written to the disk. */
  | { readonly type: 'pulled'; readonly desired: Desired; readonly unkept: CheckpointError | undefined }
  | { readonly type: 'failed'; readonly during: 'hello' | 'pull'; readonly error: unknown }
  | { readonly type: 'beat' }
  | { readonly type: 'try-hello' }
  | { readonly type: 'tell-again' };

type Deps = CheckpointVoiceDeps & {
  readonly node: string;
  readonly master: Ref<UpMessage>;
  readonly checkpoint: Checkpoint;
  readonly pods: Ref<PodsMessage>;
  readonly reporter: Ref<ReporterMessage>;
  readonly mirrors: Ref<MirrorsMessage>;
  readonly overview: Ref<OverviewMessage>;
  random(): number;
};

const BEAT: Millis = 10_000;
/** The node is told again at least this often, as by the kubelet: so a quiet device notices that nobody hears it. */
const TELL_AGAIN: Millis = 300_000;
const LIMIT: Millis = 5000;
const FIRST: Millis = 200;
const LONGEST: Millis = 7000;
const SPREAD: Millis = 1000;
/** How long until what could not be written to the disk is tried again. */
const KEEP_AGAIN: Millis = 10_000;
const UNKEPT = 'unkept';

export function link(deps: Deps): Behavior<LinkMessage> {
  return async (self) => {
    const have = new Map<string, string>();
    let node: Node | undefined;
    let told: Node | undefined;
    let greeting = false;
    let greeted = false;
    let pulling = false;
    let again = false;
    let failures = 0;
    const said = checkpointVoice(deps, self.log);

    const stored = await deps.checkpoint.load();
    let whole = stored.whole;
    for (const { key, digest } of stored.objects) have.set(key, digest);
    said.loaded(stored);
    // A damaged checkpoint, or none, says nothing about what can go: only the master does.
    want({ set: stored.objects, removed: [], settled: whole });
    deps.nodeStatus.tell({ type: 'listen', listener: self.ref });

    function want({ set, ...part }: Part): void {
      const read = readWanted(set);
      for (const line of read.refused) self.log.error({ line }, 'what is wanted can not be read and is left as it was');
      deps.pods.tell({ type: 'desired', source: 'master', set: read.set, ...part });
    }
    function hello(): void {
      if (node === undefined || greeting) return;
      const sent = node;
      const type = greeted ? 'status' : 'hello';
      greeting = true;
      self.pipe(
        () => deps.master.ask({ type, node: deps.node, object: sent }, LIMIT),
        (answer) => ({ type: 'greeted', sent, refusal: answer.ok ? undefined : answer.message }),
        (error) => ({ type: 'failed', during: 'hello', error }),
      );
    }
    function pull(): void {
      again = pulling;
      if (pulling) return;
      pulling = true;
      self.pipe(
        async () => {
          const known = Object.fromEntries(have);
          const desired = await deps.master.ask({ type: 'desired', node: deps.node, have: known }, LIMIT);
          const changed = desired.set.length + desired.removed.length > 0;
          const unkept = changed || !whole ? await keep(deps.checkpoint, desired) : undefined;
          return { desired, unkept };
        },
        (answer) => ({ type: 'pulled', ...answer }),
        (error) => ({ type: 'failed', during: 'pull', error }),
      );
    }
    function retry(): void {
      const pause = backoff(failures, FIRST, LONGEST, deps.random());
      failures += 1;
      greeted = false;
      self.after(pause, { type: 'try-hello' }, 'hello');
    }

    /** Devices that booted at once do not all speak at once ever after. */
    function tellAgain(): void {
      self.after(TELL_AGAIN * (1 - deps.random() / 4), { type: 'tell-again' }, 'again');
    }

    self.every(BEAT, { type: 'beat' }, 'beat');
    tellAgain();
    return {
      on: {
        poke: pull,
        who() {
          greeted = false;
          self.after(deps.random() * SPREAD, { type: 'try-hello' }, 'hello');
        },
        node({ object }) {
          node = object;
          hello();
        },
        'try-hello': hello,
        'tell-again'() {
          hello();
          tellAgain();
        },
        greeted({ sent, refusal }) {
          greeting = false;
          if (refusal !== undefined) {
            self.log.warn({ refusal }, 'the master refused this node');
            retry();
            return;
          }
          const first = !greeted;
          failures = 0;
          greeted = true;
          told = sent;
          if (first) {
            self.log.info({}, 'the master knows this node');
            deps.reporter.tell({ type: 'retry' });
            deps.events.tell({ type: 'retry' });
            deps.mirrors.tell({ type: 'compare' });
            deps.overview.tell({ type: 'master', answers: true });
            pull();
          }
          if (node !== told) hello();
        },
        pulled({ desired, unkept }) {
          pulling = false;
          want(partOf(desired));
          if (unkept !== undefined) {
            said.unkept(unkept);
            // With another digest than its own it is sent again, and its removal too.
            for (const { key } of desired.set) have.set(key, UNKEPT);
            self.after(KEEP_AGAIN, { type: 'poke' }, 'keep');
            return;
          }
          whole ||= !desired.more;
          if (whole) said.kept();
          for (const key of desired.removed) have.delete(key);
          for (const { key, digest } of desired.set) have.set(key, digest);
          if (desired.more || again) pull();
        },
        failed({ during, error }) {
          deps.overview.tell({ type: 'master', answers: false });
          if (failures === 0) self.log.warn({ error, during }, 'the master does not answer; pods run on');
          if (during === 'hello') greeting = false;
          else pulling = false;
          retry();
        },
        beat() {
          deps.master.tell({ type: 'beat', node: deps.node, have: haveDigest(Object.fromEntries(have)) });
        },
      },
    };
  };
}

type Part = {
  readonly set: readonly WantedEntry[];
  readonly removed: readonly string[];
  readonly settled: boolean;
};
const partOf = ({ set, removed, more }: Desired): Part => ({ set, removed, settled: !more });

/** Undefined when it is on the disk; else why not. */
async function keep(checkpoint: Checkpoint, { set, removed }: Desired): Promise<CheckpointError | undefined> {
  try {
    await checkpoint.apply(set, removed);
    return undefined;
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
}
