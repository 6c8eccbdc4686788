/**
 * Looks at the device's sensors every few seconds, and tells what follows: conditions, events, the hardware's own words. While
 * it is too hot or its voltage too low, BestEffort pods get less CPU. Writes a small file only when something begins or ends.
 */

import type { Behavior, Millis } from '../../../common/actor/types.ts';
import { deepEqual } from '../../../common/lib/deep.ts';
import { toMillis } from '../../../common/lib/quantity.ts';
import type { NodeDevice } from '../../../common/model/node.ts';
import { cpuQuota } from '../../core/config/container-resources.ts';
import { assess, firstMemory, slows } from '../../core/health/assess.ts';
import type { HealthReading } from '../../core/health/health-reading.ts';
import type { HealthRules } from '../../core/health/health-rules.ts';
import { type Cgroups, CgroupsError } from '../../ports/cgroups.ts';
import type { HealthSensors } from '../../ports/health.ts';
import type { Host } from '../../ports/host.ts';
import { type KeptFile, KeptFileError } from '../../ports/manifests.ts';
import type { NodeStatusMessage } from '../link/node-status.ts';
import type { PodEventsMessage } from '../link/pod-events.ts';
import type { HealthQuestion } from './health-messages.ts';
import { ailmentsText, loadAilments } from './kept-ailments.ts';

/** What main says of the device's health. */
export type HealthParts = {
  readonly sensors: HealthSensors;
  /** Survives the agent, not the boot. */
  readonly kept: KeptFile;
  readonly rules: HealthRules;
  /** Share of the cores that BestEffort pods have while they are slowed; 100: they are not. */
  readonly bestEffortPercent: number;
};
type Deps = HealthParts & {
  readonly cgroups: Pick<Cgroups, 'limitBestEffort'>;
  readonly host: Pick<Host, 'describe'>;
  readonly nodeStatus: { tell(message: NodeStatusMessage): boolean };
  readonly events: { tell(message: PodEventsMessage): boolean };
};
export type HealthMessage =
  | HealthQuestion
  | { readonly type: 'look' }
  | { readonly type: 'limited'; readonly quota: number | undefined }
  | { readonly type: 'saved'; readonly content: string }
  | { readonly type: 'failed'; readonly what: 'limit' | 'save'; readonly error: unknown };

/** A condition is to show within ten seconds; each look has the kernel write the list of all mounts, of which a pod has some. */
const EVERY: Millis = 8_000;
/** Who was told may have started anew. */
const AGAIN: Millis = 60_000;

export function deviceHealth(deps: Deps): Behavior<HealthMessage> {
  return async (self) => {
    const { nodeStatus, events, rules, bestEffortPercent: percent } = deps;
    const cores = toMillis((await deps.host.describe()).status.capacity?.['cpu'] ?? '1');
    const quota = percent < 100 ? cpuQuota((cores * percent) / 100) : undefined;
    const wrong = await loadAilments(deps.kept, (problem) =>
      self.log.warn({ problem }, 'the device’s state is not known'),
    );
    let memory = firstMemory(wrong, self.clock.now());
    let slowed = quota !== undefined && slows(memory.held);
    let reading: HealthReading = deps.sensors.read();
    let toldAll: Millis | undefined;
    let device: Partial<NodeDevice> | undefined;
    /** What the kernel has; nobody knows what an agent before this one has left. */
    let limit: number | 'unknown' | undefined = 'unknown';
    let kept = ailmentsText(memory.held);
    const busy = { limit: false, save: false };
    const failing = { limit: false, save: false };

    function look(): void {
      const now = self.clock.now();
      reading = deps.sensors.read();
      const found = assess(memory, reading, rules, now);
      memory = found.memory;
      const all = toldAll === undefined || now - toldAll >= AGAIN;
      if (all) toldAll = now;
      for (const finding of all ? memory.findings.values() : found.changed)
        nodeStatus.tell({ type: 'condition', finding });
      for (const event of found.events) events.tell({ type: 'node-event', ...event });
      tellDevice(all);
      tellSlowing(quota !== undefined && found.slow);
      save();
      bound();
      self.after(EVERY, { type: 'look' }, 'look');
    }

    function tellDevice(again: boolean): void {
      const { storage } = reading;
      const next = { ...reading.device, ...(storage.length === 0 ? {} : { storage }) };
      if (!again && deepEqual(next, device)) return;
      device = next;
      nodeStatus.tell({ type: 'device', device: next });
    }

    function tellSlowing(slow: boolean): void {
      if (slow === slowed) return;
      slowed = slow;
      const message = slow
        ? `BestEffort pods have at most ${percent} % of the CPU together, until the device has been well for ${rules.quiet / 1000} s`
        : 'BestEffort pods are no longer slowed';
      const [kind, reason] = slow
        ? (['Warning', 'BestEffortSlowed'] as const)
        : (['Normal', 'BestEffortFreed'] as const);
      events.tell({ type: 'node-event', kind, reason, message });
    }

    /**
     * While they are slowed it is said again and again: their group may have been made anew. What is wrong is kept first, so that
     * an agent after this one knows why they are slowed.
     */
    function bound(): void {
      const wanted = slowed ? quota : undefined;
      if (busy.limit || busy.save || (wanted === undefined && limit === undefined)) return;
      busy.limit = true;
      self.pipe(
        () => deps.cgroups.limitBestEffort(wanted),
        () => ({ type: 'limited', quota: wanted }),
        (error) => ({ type: 'failed', what: 'limit', error }),
      );
    }

    function save(): void {
      const content = ailmentsText(memory.held);
      if (busy.save || content === kept) return;
      busy.save = true;
      self.pipe(
        () => deps.kept.save(Buffer.from(content)),
        () => ({ type: 'saved', content }),
        (error) => ({ type: 'failed', what: 'save', error }),
      );
    }

    look();
    return {
      on: {
        look,
        health: (_, { reply }) => reply({ reading, slowed, ailing: ailing(memory.findings.values()) }),
        limited({ quota: now }) {
          limit = now;
          busy.limit = failing.limit = false;
          if (now !== (slowed ? quota : undefined)) bound();
        },
        saved({ content }) {
          kept = content;
          busy.save = failing.save = false;
          save();
          bound();
        },
        failed({ what, error }) {
          if (!(error instanceof CgroupsError || error instanceof KeptFileError)) throw error;
          if (!failing[what]) self.log.warn({ error: error.message }, told[what]);
          busy[what] = false;
          failing[what] = true;
          if (what === 'save') bound();
        },
      },
    };
  };
}

const told = {
  limit: 'BestEffort pods can not be slowed or freed; it is tried again',
  save: 'what is wrong with the device is not kept; it is tried again',
} as const;

function ailing(findings: Iterable<{ readonly type: string; readonly status: string }>): readonly string[] {
  return [...findings].flatMap(({ type, status }) => (status === 'True' ? [type] : []));
}
