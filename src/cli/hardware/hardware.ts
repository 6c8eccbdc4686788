/** What a device is made of, from what systeminformation and the kernel tell; what it does not know is left out. Pure. */

import type { Systeminformation } from 'systeminformation';

/** Bytes, and megabits a second. */
export type Hardware = {
  readonly model?: string;
  readonly serial?: string;
  readonly processor: { readonly name?: string; readonly cores: number; readonly sockets: number };
  readonly memoryBytes: number;
  readonly disks: readonly {
    readonly name: string;
    readonly sizeBytes: number;
    readonly vendor?: string;
    readonly model?: string;
    readonly type?: string;
    readonly interface?: string;
  }[];
  readonly network: readonly {
    readonly name: string;
    readonly type: string;
    readonly mac?: string;
    readonly state?: string;
    readonly speedMbits?: number;
    readonly duplex?: string;
  }[];
};

export type Facts = {
  readonly system: Pick<Systeminformation.SystemData, 'manufacturer' | 'model' | 'version' | 'serial'>;
  readonly cpu: Pick<Systeminformation.CpuData, 'manufacturer' | 'brand' | 'cores' | 'processors'>;
  readonly memoryBytes: number;
  readonly blocks: readonly Pick<
    Systeminformation.BlockDevicesData,
    'name' | 'type' | 'size' | 'model' | 'physical' | 'protocol'
  >[];
  readonly layout: readonly Pick<
    Systeminformation.DiskLayoutData,
    'device' | 'vendor' | 'name' | 'type' | 'interfaceType'
  >[];
  readonly network: Hardware['network'];
};

export function hardwareOf({ system, cpu, memoryBytes, blocks, layout, network }: Facts): Hardware {
  return {
    ...word('model', [system.manufacturer, system.model, system.version].filter(isTold).join(' ')),
    ...word('serial', system.serial),
    processor: {
      ...word('name', [cpu.manufacturer, cpu.brand].filter(isTold).join(' ')),
      ...{ cores: cpu.cores, sockets: cpu.processors },
    },
    memoryBytes,
    // Memory that stands for a disk is none, nor is a slot without a card.
    disks: blocks
      .filter(({ type, size, name }) => type === 'disk' && size > 0 && !name.startsWith('zram'))
      .map(({ name, size, model, physical, protocol }) => {
        const more = layout.find(({ device }) => device === `/dev/${name}` || device === name);
        return {
          ...{ name, sizeBytes: size },
          ...word('vendor', more?.vendor),
          ...word('model', isTold(model) ? model : more?.name),
          ...word('type', isTold(more?.type) ? more.type : physical),
          ...word('interface', isTold(protocol) ? protocol : more?.interfaceType),
        };
      }),
    network,
  };
}

const isTold = (text: string | undefined): text is string =>
  text !== undefined && !['', '-', 'unknown', 'default string'].includes(text.trim().toLowerCase());

function word<K extends string>(key: K, text: string | undefined): { readonly [k in K]?: string } {
  return isTold(text) ? ({ [key]: text.trim() } as { readonly [k in K]: string }) : {};
}
