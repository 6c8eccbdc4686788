/**
 * What is to be done about the log files of one container: `<attempt>.log` is being written, `<attempt>.log.<number>` were
 * rotated. As the kubelet does it (containerLogMaxSize, containerLogMaxFiles), but numbered: clocks may jump. The newest
 * rotated file stays plain, as the runtime may still write into it.
 */

import { nextRotated, rotatedFiles } from '../../../common/lib/rotated-files.ts';

export type LogFile = { readonly name: string; readonly size: number };
/** `totalBytes`: of all containers' logs together. */
export type RotationLimits = { readonly maxBytes: number; readonly maxFiles: number; readonly totalBytes: number };

export type RotationStep =
  | { readonly do: 'remove'; readonly name: string }
  | { readonly do: 'compress'; readonly name: string; readonly to: string }
  /** The log is renamed and opened anew. */
  | { readonly do: 'rotate'; readonly attempt: number; readonly name: string; readonly to: string }
  /** It was renamed before, and has not been opened anew. */
  | { readonly do: 'reopen'; readonly attempt: number };

/** Logs of attempts that are kept: the newest one's, and those of the one before it. */
const KEPT_ATTEMPTS = 2;
const TEMPORARY = /^\d+\.log\..*\.tmp$/;

/** The steps in their order; none for a log that is small enough. */
export function rotationSteps(
  files: readonly LogFile[],
  limits: Omit<RotationLimits, 'totalBytes'>,
): readonly RotationStep[] {
  const names = files.map(({ name }) => name);
  const temporary = names.filter((name) => TEMPORARY.test(name));
  const attempts = [...new Set(names.flatMap((name) => attemptOf(name) ?? []))].sort((a, b) => b - a);
  const old = new Set(attempts.slice(KEPT_ATTEMPTS));
  const forgotten = names.filter((name) => !TEMPORARY.test(name) && old.has(attemptOf(name) ?? -1));
  return [
    ...[...temporary, ...forgotten].map((name) => ({ do: 'remove', name }) as const),
    ...attempts.slice(0, KEPT_ATTEMPTS).flatMap((attempt, index) => stepsOf(files, attempt, index === 0, limits)),
  ];
}

const compressedName = (name: string) => `${name}.gz`;

function attemptOf(name: string): number | undefined {
  const [, attempt] = /^(\d+)\.log(\.|$)/.exec(name) ?? [];
  return attempt === undefined ? undefined : Number(attempt);
}

function stepsOf(
  files: readonly LogFile[],
  attempt: number,
  newest: boolean,
  { maxBytes, maxFiles }: Omit<RotationLimits, 'totalBytes'>,
): readonly RotationStep[] {
  const log = `${attempt}.log`;
  const names = files.map(({ name }) => name);
  const parts = rotatedFiles(names, log);
  const packed = new Set(parts.filter(({ compressed }) => compressed).map(({ name }) => name));
  const doubles = names.filter((name) => packed.has(compressedName(name)));
  const current = files.find(({ name }) => name === log);
  const full = newest && current !== undefined && current.size > maxBytes;
  // The one that is being written counts, and the one that this rotation makes.
  const room = Math.max(1, maxFiles - 1 - (full ? 1 : 0));
  const dropped = full && maxFiles <= 2 ? parts : parts.slice(0, Math.max(0, parts.length - room));
  const kept = parts.filter((part) => !dropped.includes(part));
  const plain = kept.filter(({ compressed }) => !compressed);
  return [
    ...doubles.map((name) => ({ do: 'remove', name }) as const),
    ...dropped.map(({ name }) => ({ do: 'remove', name }) as const),
    ...plain
      .filter((part) => part !== kept.at(-1) || full)
      .map(({ name }) => ({ do: 'compress', name, to: compressedName(name) }) as const),
    ...(newest && current === undefined && parts.length > 0 ? [{ do: 'reopen', attempt } as const] : []),
    ...(full ? [{ do: 'rotate', attempt, name: log, to: nextRotated(log, parts) } as const] : []),
  ];
}
