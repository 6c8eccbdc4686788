/** Tells people, or programs, how a simulation goes: one line each time. */

import type { Clock } from '../common/actor/types.ts';
import type { Audit } from './core/audit.ts';
import type { Figures } from './worker-protocol.ts';

type Began = { readonly devices: number; readonly sites: number; readonly server: string; readonly seed: number };
type Told = Figures & { readonly doubled: number };
type Ended = Figures & Audit & { readonly pods: number; readonly seed: number; readonly findings: readonly string[] };
export interface Progress {
  began(about: Began): void;
  told(figures: Told): void;
  /** Nothing goes wrong any more: pods are counted, for so many seconds at most. */
  quiet(seconds: number): void;
  ended(result: Ended): void;
}
type Out = { write(text: string): unknown };

const MIB = 1024 * 1024;

export function createProgress(output: 'text' | 'json', out: Out, clock: Pick<Clock, 'now'>): Progress {
  const begun = clock.now();
  const seconds = (): number => Math.round((clock.now() - begun) / 1000);
  let before: { readonly at: number; readonly messages: number } = { at: begun, messages: 0 };
  const rate = ({ messages }: Figures): number => {
    const now = clock.now();
    const made = (1000 * (messages - before.messages)) / Math.max(1, now - before.at);
    before = { at: now, messages };
    return Math.round(made);
  };
  if (output === 'json') {
    const line = (object: object): void => void out.write(`${JSON.stringify(object)}\n`);
    return {
      began: ({ devices, sites, server, seed }) => line({ type: 'began', devices, sites, server, seed }),
      told: (figures) => line({ type: 'figures', seconds: seconds(), ...figures, messagesPerSecond: rate(figures) }),
      quiet: (most) => line({ type: 'quiet', seconds: seconds(), settleSeconds: most }),
      ended: (result) => line({ type: 'ended', seconds: seconds(), ...result }),
    };
  }
  return {
    began: ({ devices, sites, server, seed }) =>
      void out.write(
        `${devices} devices on ${sites} sites, seed ${seed}\n` +
          `the cluster: bramble --server ${server} get nodes (Ctrl-C ends the simulation)\n`,
      ),
    told: (figures) => {
      const { up, running, crashes, cuts, jumps, rss, doubled } = figures;
      out.write(
        `${seconds()} s: ${up} up, ${running} containers running, ${rate(figures)} messages/s, ` +
          `${crashes} crashes, ${cuts} cuts, ${jumps} clock jumps, ${doubled} doubled, ${Math.round(rss / MIB)} MiB\n`,
      );
    },
    quiet: (most) =>
      void out.write(
        `${seconds()} s: no more faults; counting pods for ${most} s at most (Ctrl-C again: not at all)\n`,
      ),
    ended: ({ pods, lost, doubled, strays, seed, findings }) => {
      for (const finding of findings) out.write(`doubled: ${finding}\n`);
      out.write(
        `ended after ${seconds()} s: ${pods} pods; ${lost} lost, ${doubled} doubled, ${strays} left behind (seed ${seed})\n`,
      );
    },
  };
}
