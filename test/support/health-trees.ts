/** Trees of files as the kernels of Raspberry Pis and of a PC have them, for tests of the health of a device. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export type Tree = {
  readonly root: string;
  /** Paths below the root and what is in them; undefined: gone. */
  write(files: Readonly<Record<string, string | Uint8Array | undefined>>): void;
  remove(): void;
};

export function healthTree(files: Readonly<Record<string, string | Uint8Array>>): Tree {
  const root = mkdtempSync(join(tmpdir(), 'bramble-health-'));
  const tree: Tree = {
    root,
    write(changed) {
      for (const [path, content] of Object.entries(changed)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        if (content === undefined) rmSync(join(root, path), { force: true, recursive: true });
        else writeFileSync(join(root, path), content);
      }
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  tree.write(files);
  return tree;
}

/** The vector of a 64-bit process: AT_HWCAP, AT_PAGESZ, the end. */
export function auxv(pageSize: number): Uint8Array {
  const words = [16, 0x887, 6, pageSize, 0, 0];
  const bytes = new DataView(new ArrayBuffer(words.length * 8));
  words.forEach((word, at) => {
    bytes.setBigUint64(at * 8, BigInt(word), true);
  });
  return new Uint8Array(bytes.buffer);
}

/** What mountinfo says; `root` and `whole` are `rw` or `ro`, of the root's mount and of its whole file system. */
export const mountinfo = (root: string, whole: string) => `22 28 0:21 / /sys rw,relatime shared:7 - sysfs sysfs rw
28 1 179:2 / / ${root},noatime shared:1 - ext4 /dev/mmcblk0p2 ${whole},errors=remount-ro
64 28 179:1 / /boot/firmware rw,relatime shared:31 - vfat /dev/mmcblk0p1 rw,fmask=0022,errors=remount-ro
`;

export const wireless = `Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   52.  -58.  -256        0      0      0      0     45        0
`;

const plain = {
  'proc/self/mountinfo': mountinfo('rw', 'rw'),
  'proc/uptime': '350735.47 234388.90\n',
  'sys/fs/ext4/features/lazy_itable_init': 'supported\n',
  'sys/fs/ext4/mmcblk0p2/errors_count': '0\n',
  'run/systemd/timesync/synchronized': '',
};

/** A Raspberry Pi 4 with a card, Raspberry Pi OS (64-bit), kernel 6.6. */
export const pi4 = {
  ...plain,
  'proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.4\0',
  'proc/device-tree/system/linux,revision': new Uint8Array([0x00, 0xc0, 0x31, 0x14]),
  'proc/self/auxv': auxv(4096),
  'proc/net/wireless': wireless,
  'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  'sys/class/thermal/thermal_zone0/temp': '48199\n',
  'sys/class/thermal/thermal_zone0/trip_point_0_type': 'critical\n',
  'sys/class/thermal/thermal_zone0/trip_point_0_temp': '110000\n',
  'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
  'sys/class/hwmon/hwmon0/temp1_input': '48199\n',
  'sys/class/hwmon/hwmon1/name': 'rpi_volt\n',
  'sys/class/hwmon/hwmon1/in0_lcrit_alarm': '0\n',
  'sys/devices/platform/soc/soc:firmware/get_throttled': '0\n',
  'sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq': '700000\n',
  'sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq': '1800000\n',
  'sys/block/mmcblk0/device/type': 'SD\n',
  'sys/block/mmcblk0/device/name': 'SC32G\n',
  'sys/block/mmcblk0/device/manfid': '0x000003\n',
  'sys/block/loop0/ro': '0\n',
};

/** A Raspberry Pi 5 with the active cooler, an NVMe disk and 16 KiB pages; kernel 6.12. */
export const pi5 = {
  ...plain,
  'sys/fs/ext4/mmcblk0p2/errors_count': '0\n',
  'proc/device-tree/model': 'Raspberry Pi 5 Model B Rev 1.0\0',
  'proc/device-tree/chosen/power/max_current': new Uint8Array([0, 0, 0x0b, 0xb8]),
  'proc/device-tree/system/linux,revision': new Uint8Array([0x00, 0xd0, 0x41, 0x70]),
  'proc/self/auxv': auxv(16_384),
  'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  'sys/class/thermal/thermal_zone0/temp': '61700\n',
  'sys/class/thermal/thermal_zone0/trip_point_0_type': 'critical\n',
  'sys/class/thermal/thermal_zone0/trip_point_0_temp': '110000\n',
  ...Object.fromEntries(
    [50_000, 60_000, 67_500, 75_000].flatMap((temp, at) => [
      [`sys/class/thermal/thermal_zone0/trip_point_${at + 1}_type`, 'active\n'],
      [`sys/class/thermal/thermal_zone0/trip_point_${at + 1}_temp`, `${temp}\n`],
    ]),
  ),
  'sys/class/thermal/cooling_device0/type': 'pwm-fan\n',
  'sys/class/thermal/cooling_device0/cur_state': '2\n',
  'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
  'sys/class/hwmon/hwmon1/name': 'rp1_adc\n',
  'sys/class/hwmon/hwmon2/name': 'pwmfan\n',
  'sys/class/hwmon/hwmon2/fan1_input': '3054\n',
  'sys/class/hwmon/hwmon2/pwm1': '125\n',
  'sys/class/hwmon/hwmon3/name': 'rpi_volt\n',
  'sys/class/hwmon/hwmon3/in0_lcrit_alarm': '0\n',
  'sys/class/rtc/rtc0/since_epoch': '1767301200\n',
  'sys/block/nvme0n1/device/model': 'A disk\n',
};

/** A Compute Module 4 with eMMC. */
export const cm4 = {
  ...pi4,
  'proc/device-tree/model': 'Raspberry Pi Compute Module 4 Rev 1.1\0',
  'sys/block/mmcblk0/device/type': 'MMC\n',
  'sys/block/mmcblk0/device/life_time': '0x02 0x01\n',
  'sys/block/mmcblk0/device/pre_eol_info': '0x01\n',
  'sys/block/mmcblk0boot0/device/life_time': '0x02 0x01\n',
};

/** A Raspberry Pi Zero 2 W: no fan, no Ethernet; an older kernel without rpi_volt. */
export const zero2 = {
  ...plain,
  'proc/device-tree/model': 'Raspberry Pi Zero 2 W Rev 1.0\0',
  'proc/cpuinfo': 'processor\t: 0\nHardware\t: BCM2835\nRevision\t: 902120\nSerial\t\t: 00000000abcdef01\n',
  'proc/net/wireless': wireless,
  'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  'sys/class/thermal/thermal_zone0/temp': '41856\n',
  'sys/devices/platform/soc/soc:firmware/get_throttled': '50000\n',
  'sys/block/mmcblk0/device/type': 'SD\n',
};

/** A PC or a virtual machine whose kernel tells nothing of its hardware. */
export const pc = {
  'proc/self/mountinfo': '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n',
  'proc/uptime': '1000.00 2000.00\n',
  'sys/class/dmi/id/sys_vendor': 'QEMU\n',
  'sys/class/dmi/id/product_name': 'Standard PC\n',
  'sys/block/vda/size': '1\n',
};
