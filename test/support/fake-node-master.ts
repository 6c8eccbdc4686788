/** The master as one device sees it: says what is wanted, and keeps what is reported. */

import type { Behavior } from '../../src/common/actor/types.ts';
import type { KubeObject } from '../../src/common/model/meta.ts';
import type { PodStatus } from '../../src/common/model/pod-status.ts';
import { mirrorOf } from '../../src/common/model/static-pods.ts';
import type { PodReport, ToldEvent, UpMessage } from '../../src/common/wire/agent-protocol.ts';

export class FakeNodeMaster {
  readonly wanted = new Map<string, { readonly digest: string; readonly object: KubeObject }>();
  readonly reports: PodReport[] = [];
  readonly events: Record<string, unknown>[] = [];
  /** The same with how long ago they happened. */
  readonly told: ToldEvent[] = [];
  readonly hellos: Record<string, unknown>[] = [];
  readonly nodes: Record<string, unknown>[] = [];
  /** By the uid of the static pod. */
  readonly mirrors = new Map<string, KubeObject>();
  /** Why it takes no mirrors. */
  mirrorRefusal: string | undefined;
  /** A master that is away answers nothing. */
  away = false;
  #versions = 0;

  want(object: KubeObject): void {
    this.#versions += 1;
    const { kind, metadata } = object;
    this.wanted.set(`${kind}.${metadata.namespace}.${metadata.name}`, { digest: String(this.#versions), object });
  }

  unwant(kind: string, name: string, namespace = 'default'): void {
    this.wanted.delete(`${kind}.${namespace}.${name}`);
  }

  /** The last status that was reported of a pod. */
  status(name: string): PodStatus | undefined {
    return this.reports.findLast((report) => report.name === name)?.status as PodStatus | undefined;
  }

  behavior(): Behavior<UpMessage> {
    return () => ({
      on: {
        hello: (message, { reply }) => {
          if (this.away) return;
          this.hellos.push(message.object);
          this.nodes.push(message.object);
          reply({ ok: true });
        },
        status: (message, { reply }) => {
          if (this.away) return;
          this.nodes.push(message.object);
          reply({ ok: true });
        },
        beat: () => {},
        desired: ({ have }, { reply }) => {
          if (this.away) return;
          const set = [...this.wanted]
            .filter(([key, { digest }]) => have[key] !== digest)
            .map(([key, entry]) => ({ key, ...entry }));
          reply({ set, removed: Object.keys(have).filter((key) => !this.wanted.has(key)), more: false });
        },
        report: ({ pods }, { reply }) => {
          if (this.away) return;
          this.reports.push(...pods);
          reply({ results: pods.map(() => 'ok' as const) });
        },
        mirrors: ({ pods, complete }, { reply }) => {
          if (this.away) return;
          const named = new Set(pods.map(({ uid }) => uid));
          if (complete) for (const uid of this.mirrors.keys()) if (!named.has(uid)) this.mirrors.delete(uid);
          reply({ lacking: [...named].filter((uid) => !this.mirrors.has(uid)) });
        },
        mirror: ({ object }, { reply }) => {
          if (this.away) return;
          if (this.mirrorRefusal !== undefined) {
            reply({ ok: false, message: this.mirrorRefusal });
            return;
          }
          const pod = object as unknown as KubeObject;
          this.mirrors.set(mirrorOf(pod) ?? '', pod);
          reply({ ok: true });
        },
        event: ({ events }, { reply }) => {
          if (this.away) return;
          this.events.push(...events.map(({ event }) => event));
          this.told.push(...events);
          reply({ results: events.map(() => 'ok' as const) });
        },
      },
    });
  }
}
