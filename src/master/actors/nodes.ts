/**
 * Speaks with the devices: takes their hello, beats, status and reports, answers what they shall run, and tells them
 * when that changes. Beats stay in memory.
 */

import type { ActorSystem, Behavior, Millis, Ref } from '../../common/actor/types.ts';
import type { KubeObject } from '../../common/model/meta.ts';
import { type DownMessage, downWire, type UpMessage, upWire } from '../../common/wire/agent-protocol.ts';
import { anyNodeUpPath, nodeDownPath, untoken } from '../../common/wire/subjects.ts';
import { type Digests, difference, neededBy } from '../core/desired.ts';
import { touchedNodes } from '../core/touched-nodes.ts';
import type { ClusterView } from '../core/view.ts';
import type { Objects } from '../ports.ts';
import type { BeatMemory } from './beats.ts';
import type { ClusterMessage, News } from './cluster.ts';
import { acceptEvents } from './device-events.ts';
import { acceptMirror, acceptMirrors, acceptNode, acceptReports, type Verdict } from './device-writes.ts';
import { Intake, LateError } from './intake.ts';
import { WantedDigests } from './wanted-digests.ts';

export type NodesMessage =
  | UpMessage
  | News
  | { readonly type: 'accepted'; readonly node: string; readonly answer: Verdict; reply(answer: Verdict): void }
  | { readonly type: 'unanswered'; readonly node: string; readonly error: unknown };

export type NodesDeps = {
  readonly cluster: Ref<ClusterMessage>;
  readonly objects: Objects;
  readonly system: Pick<ActorSystem, 'expose' | 'remote'>;
  readonly beats: BeatMemory;
};

/** What is stored at a time: of Nodes and reports, and of Events, which nobody waits for. */
const WORDS_AT_ONCE = 128;
const EVENTS_AT_ONCE = 16;
/** A device waits five seconds for its answer; where Events are told, ten. */
const PATIENCE: Millis = 4_000;
const PATIENCE_WITH_EVENTS: Millis = 9_000;
/** Between two lines about devices that were not answered in time. */
const SAY_LATE_EVERY: Millis = 10_000;

export function nodesBehavior(deps: NodesDeps): Behavior<NodesMessage> {
  return async (self) => {
    const digests: Digests = new WeakMap();
    const wanted = new WantedDigests(digests);
    /** Devices that this master has a hello of. */
    const greeted = new Set<string>();
    const devices = new Map<string, Ref<DownMessage>>();
    /** The storing of each device's last reports: the next ones wait for it, so that its last word is what stays. */
    const storing = new Map<string, Promise<void>>();
    const words = new Intake(self.clock, WORDS_AT_ONCE, PATIENCE);
    const happenings = new Intake(self.clock, EVENTS_AT_ONCE, PATIENCE_WITH_EVENTS);
    let late = 0;
    let saidLate = Number.NEGATIVE_INFINITY;
    /** The device asks again when its limit has passed; its question is not answered with a guess. */
    const unanswered = (node: string, error: unknown): void => {
      if (!(error instanceof LateError)) {
        self.log.warn({ node, error: String(error) }, 'a device could not be answered');
        return;
      }
      late += 1;
      if (self.clock.now() - saidLate < SAY_LATE_EVERY) return;
      self.log.warn({ node, late }, 'more devices speak than can be stored in time; they say it again');
      saidLate = self.clock.now();
      late = 0;
    };
    let view: ClusterView | undefined;
    const device = (node: string): Ref<DownMessage> => {
      const known = devices.get(node) ?? deps.system.remote<DownMessage>(nodeDownPath(node), downWire);
      devices.set(node, known);
      return known;
    };
    const take = (node: string, object: KubeObject, reply: (answer: Verdict) => void): void => {
      deps.beats.beat(node);
      self.pipe(
        () => words.take(() => acceptNode(deps.objects, view, node, object)),
        (answer) => ({ type: 'accepted', node, answer, reply }),
        (error) => ({ type: 'unanswered', node, error }),
      );
    };
    deps.cluster.tell({ type: 'subscribe', listener: self.ref });
    await deps.system.expose(self.ref as Ref<UpMessage>, upWire, { path: anyNodeUpPath });
    return {
      on: {
        hello: ({ node, object }, turn) => take(nameOf(node), object as unknown as KubeObject, turn.reply),
        status: ({ node, object }, turn) => take(nameOf(node), object as unknown as KubeObject, turn.reply),
        accepted: ({ node, answer, reply }) => {
          if (answer.ok) greeted.add(node);
          reply(answer);
        },
        beat: ({ node: token, have }) => {
          const node = nameOf(token);
          const wasAlive = deps.beats.aliveFor(node) > 0;
          deps.beats.beat(node);
          // Its status in the store may be ours (Unknown) or older than this master: only the device knows it.
          if (!wasAlive || !greeted.has(node)) device(node).tell({ type: 'who' });
          // A poke was lost.
          else if (have !== undefined && view !== undefined && have !== wanted.of(node, view.at(self.clock.wall()))) {
            device(node).tell({ type: 'poke' });
          }
        },
        desired: ({ node: token, have }, turn) => {
          if (view === undefined) return;
          const node = nameOf(token);
          turn.reply({ ...difference(neededBy(view.at(self.clock.wall()), node), have, digests) } as never);
        },
        report: ({ node: token, pods }, turn) => {
          const now = view;
          if (now === undefined) return;
          const node = nameOf(token);
          const { reply } = turn;
          const before = storing.get(node) ?? Promise.resolve();
          const stored = before
            .then(() => words.take(() => acceptReports(deps.objects, view ?? now, node, pods)))
            .then(reply, (error: unknown) => unanswered(node, error));
          storing.set(node, stored);
        },
        mirrors: ({ node, pods, complete }, { reply }) => {
          if (view === undefined) return;
          acceptMirrors(deps.objects, view, nameOf(node), pods, complete).then(
            (lacking) => reply({ lacking: [...lacking] }),
            (error: unknown) => unanswered(nameOf(node), error),
          );
        },
        mirror: ({ node, object }, { reply }) => {
          if (view === undefined) return;
          acceptMirror(deps.objects, view, nameOf(node), object as unknown as KubeObject).then(
            reply,
            (error: unknown) => unanswered(nameOf(node), error),
          );
        },
        event: ({ node, events }, { reply }) => {
          const now = view;
          if (now === undefined) return;
          const at = self.clock.wall();
          happenings
            .take(() => acceptEvents(deps.objects, view ?? now, nameOf(node), events, at))
            .then(reply, (error: unknown) => unanswered(nameOf(node), error));
        },
        unanswered: ({ node, error }) => unanswered(node, error),
        news: ({ view: newest, changes }) => {
          view = newest;
          for (const { key, after } of changes) {
            if (key.resource === 'nodes' && after === undefined) greeted.delete(key.name);
          }
          const touched = touchedNodes(changes, newest);
          wanted.forget(changes, touched);
          return self.inTurns(touched, (node) => void device(node).tell({ type: 'poke' }));
        },
      },
    };
  };
}

/** The subject's token, which the transport puts in, as a name. */
function nameOf(token: string): string {
  return untoken(token) ?? token;
}
