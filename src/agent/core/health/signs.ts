/** What the sensors say of storage, file systems and fans, in words that say what to do. Pure. */

import type { Millis } from '../../../common/lib/time.ts';
import type { HealthReading } from './health-reading.ts';
import type { Trace } from './trace.ts';

/** The words do not change while the state does not: each change is a write in the cluster's store. */
export type Sign = { readonly is: 'bad' | 'well' | 'unknown'; readonly reason: string; readonly message: string };

export const well = (reason: string, message: string): Sign => ({ is: 'well', reason, message });
export const bad = (reason: string, message: string): Sign => ({ is: 'bad', reason, message });
export const unknown = (reason: string, message: string): Sign => ({ is: 'unknown', reason, message });

/** In steps of 10 %: more than 90 % is used. */
const NEARLY_USED = 100;

/** Undefined where no storage tells its wear: SD cards seldom do. */
export function wearSign({ storage }: HealthReading): Sign | undefined {
  const telling = storage.filter(({ lifeUsedPercent, preEndOfLife }) => lifeUsedPercent ?? preEndOfLife);
  if (telling.length === 0) return undefined;
  const out = telling.find(
    ({ lifeUsedPercent = 0, preEndOfLife }) => lifeUsedPercent > NEARLY_USED || preEndOfLife === 'Urgent',
  );
  if (out !== undefined) {
    return bad('StorageWornOut', `${out.name} is worn out and may fail at any time: replace it now`);
  }
  const soon = telling.find(
    ({ lifeUsedPercent = 0, preEndOfLife }) => lifeUsedPercent >= NEARLY_USED || preEndOfLife === 'Warning',
  );
  return soon === undefined
    ? well('StorageFine', 'the storage is not near the end of its life')
    : bad('StorageNearEndOfLife', `${soon.name} is near the end of its life: plan to replace it, and write less to it`);
}

const CARD =
  'look into the kernel’s log (dmesg), check the file system (fsck), and replace the card when it comes again';

/** A root that was read-only from the start is meant to be so. */
export function readOnlySign({ fileSystems: { data, root } }: HealthReading, trace: Trace): Sign | undefined {
  if (data === undefined && root === undefined) return undefined;
  if (data !== undefined && (data.mount === 'ro' || data.whole !== 'rw')) {
    return bad('DataReadOnly', `the file system at ${data.path}, which has the agent’s data, is read-only: ${CARD}`);
  }
  const failed =
    root !== undefined &&
    (root.whole === 'emergency_ro' || (root.whole === 'ro' && (root.mount === 'rw' || trace.rootWasWritable)));
  return failed
    ? bad('RootReadOnly', `the root file system has become read-only: ${CARD}`)
    : well('Writable', 'the file systems of the agent can be written');
}

export function fileSystemErrorSign({ errors }: HealthReading): Sign | undefined {
  const counts = errors.filter(({ kind }) => kind === 'filesystem');
  if (counts.length === 0) return undefined;
  const failing = counts.filter(({ count }) => count > 0).map(({ name }) => name);
  return failing.length === 0
    ? well('NoErrors', 'no file system has counted errors')
    : bad(
        'FileSystemErrors',
        `the file system on ${failing.join(', ')} has found errors since its last check: have it checked at the next boot (fsck), and replace the card when they come again`,
      );
}

/** Some drives count questions that they do not understand: a few are none. */
const MANY = 10;

export function diskErrorSign({ errors }: HealthReading, { diskErrors }: Trace): Sign | undefined {
  if (!errors.some(({ kind }) => kind === 'disk')) return undefined;
  const failing = [...diskErrors].filter(([, { more }]) => more >= MANY).map(([name]) => name);
  return failing.length === 0
    ? well('NoErrors', 'no disk has counted errors')
    : bad(
        'DiskErrors',
        `${failing.join(', ')} fails to read or write: check its cable and its power, and copy what is on it`,
      );
}

const STILL: Millis = 30_000;

export function fanSign({ fans }: HealthReading, { still }: Trace): Sign | undefined {
  if (fans.length === 0) return undefined;
  return [...still.values()].some((one) => one.for >= STILL)
    ? bad('FanStopped', 'the fan shall turn and stands still: clean it, and check its plug')
    : well('FanTurns', 'the fan does what it shall');
}
