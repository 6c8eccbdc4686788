/** The network interfaces that are hardware. systeminformation starts several processes for each one, also for those of pods. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hardware } from './hardware.ts';

/** `root` stands before the kernel's paths, for tests. */
export function hardwareInterfaces(root = '/'): Hardware['network'] {
  const net = join(root, 'sys/class/net');
  if (!existsSync(net)) return [];
  return readdirSync(net)
    .filter((name) => existsSync(join(net, name, 'device')))
    .map((name) => {
      const word = (file: string) => textOf(join(net, name, file));
      const [mac, state, duplex] = [word('address'), word('operstate'), word('duplex')];
      // Without a link the kernel says -1.
      const speedMbits = Number(word('speed') ?? -1);
      return {
        ...{ name, type: existsSync(join(net, name, 'phy80211')) ? 'wireless' : 'wired' },
        ...(mac === undefined ? {} : { mac }),
        ...(state === undefined ? {} : { state }),
        ...(speedMbits > 0 ? { speedMbits } : {}),
        ...(duplex === undefined || duplex === 'unknown' ? {} : { duplex }),
      };
    });
}

/** Undefined where the kernel has none, as the speed of an interface that is down. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim() || undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
