/** Finds the device nodes that the settings name: those that are there, by the patterns' last part. */

import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DeviceRule } from '../../../common/model/config/device-resource-settings.ts';
import type { DeviceNodes, DeviceUnit } from '../../ports/device-nodes.ts';

export function createDeviceNodes(rules: readonly DeviceRule[]): DeviceNodes {
  return {
    resources: [...new Set(rules.map(({ resource }) => resource))],
    present: async () => {
      const found = await Promise.all(rules.map(unitsOf));
      // Two links to one device of one resource are one unit.
      const units = new Map(found.flat().map((unit) => [`${unit.resource} ${unit.node}`, unit]));
      return [...units.values()];
    },
  };
}

async function unitsOf({ resource, pattern, shares }: DeviceRule): Promise<readonly DeviceUnit[]> {
  const units = await Promise.all(
    (await pathsOf(pattern)).map(async (path): Promise<readonly DeviceUnit[]> => {
      // Between two looks it may have been unplugged.
      const node = await realpath(path).catch(() => undefined);
      const found = node === undefined ? undefined : await stat(node).catch(() => undefined);
      const isDevice = found?.isCharacterDevice() || found?.isBlockDevice();
      return node !== undefined && isDevice ? [{ resource, path, node, shares }] : [];
    }),
  );
  return units.flat();
}

async function pathsOf(pattern: string): Promise<readonly string[]> {
  const [folder, last] = [dirname(pattern), basename(pattern)];
  if (!last.includes('*')) return [pattern];
  const wanted = new RegExp(`^${last.split('*').map(escaped).join('.*')}$`);
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => wanted.test(name)).map((name) => join(folder, name));
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
