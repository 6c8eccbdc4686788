/** Brings an archive's images into containerd with its own client `ctr`, compressed ones unpacked on their way, under full names. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { fullImageName, parseImageReference } from '../../../common/lib/image-reference.ts';
import { type ArchiveContent, ImageStoreError } from '../../ports/image-store.ts';
import { RunError, run } from '../run.ts';

type Archive = ArchiveContent & {
  readonly path: string;
  /** Under which its images are found that have no names: `host/path`, of this archive alone. */
  readonly base: string;
};

/** containerd keeps an image with this label from garbage collection over CRI (from 1.7 on). */
const PINNED = 'io.cri-containerd.pinned=pinned';
/** Milliseconds after which an import hangs: others wait for it. */
const LONGEST = 30 * 60_000;
const GZIP = Buffer.from([0x1f, 0x8b]);

/** Answers with the full names. Rejects with ImageStoreError, RunError, or the disk's error. */
export async function importImages(socket: string, archive: Archive): Promise<readonly string[]> {
  const where = ['--address', socket, '--namespace', 'k8s.io', 'images'];
  const { path, base, names, as, platform } = archive;
  const named = names.length > 0 && as === undefined;
  const naming = named ? [] : ['--digests', '--base-name', base];
  const choosing = platform === undefined ? [] : ['--platform', platform];
  const bring = () => feed(path, [...where, 'import', ...naming, ...choosing, '-']);
  await (named
    ? bring()
    : keeping(unique(names.flatMap((name) => [name, fullName(name)])), `${base}-kept`, where, bring));
  const raw = named ? names : await namesUnder(base, where);
  if (raw.length === 0) throw new ImageStoreError('failed', 'the runtime found no image in the archive');
  if (as !== undefined && raw.length > 1) {
    throw new ImageStoreError('failed', `the archive has ${raw.length} images; one name is for one image`);
  }
  const there = new Set(await allNames(where));
  const full: string[] = [];
  for (const name of raw) {
    const wanted = fullName(as ?? name);
    // What docker wrote has full names already; names of an OCI layout are taken as they are.
    if (there.has(name) && name !== wanted) await rename(name, wanted, where);
    await run('ctr', [...where, 'label', wanted, PINNED]);
    full.push(wanted);
  }
  return full;
}

/**
 * An archive's own names come with it, whatever name it is to have: those that are taken here go on meaning what they did, and
 * the others go. `aside` is where the former are kept meanwhile.
 */
async function keeping(
  names: readonly string[],
  aside: string,
  where: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  const before = new Set(await allNames(where));
  const taken = names.filter((name) => before.has(name));
  for (const [index, name] of taken.entries()) {
    await run('ctr', [...where, 'tag', '--force', name, `${aside}:${index}`]);
  }
  try {
    await work();
  } finally {
    for (const [index, name] of taken.entries()) await rename(`${aside}:${index}`, name, where);
  }
  const there = new Set(await allNames(where));
  for (const name of names) if (!before.has(name) && there.has(name)) await run('ctr', [...where, 'remove', name]);
}

/** Under its full name only does the runtime find it for a pod. */
async function rename(name: string, full: string, where: readonly string[]): Promise<void> {
  await run('ctr', [...where, 'tag', '--force', name, full]);
  await run('ctr', [...where, 'remove', name]);
}

async function allNames(where: readonly string[]): Promise<readonly string[]> {
  return (await run('ctr', [...where, 'list', '--quiet'])).split('\n');
}

async function namesUnder(base: string, where: readonly string[]): Promise<readonly string[]> {
  const all = await allNames(where);
  return all.filter((name) => name.startsWith(`${base}:`) || name.startsWith(`${base}@`));
}

function fullName(name: string): string {
  const parsed = parseImageReference(name);
  if (parsed.ok) return fullImageName(parsed.reference);
  throw new ImageStoreError('failed', `the archive names an image ${JSON.stringify(name)}: ${parsed.problem}`);
}

const unique = (names: readonly string[]) => [...new Set(names)];

/** Runs ctr with the archive as its input. */
async function feed(path: string, args: readonly string[]): Promise<void> {
  const gzip = await isGzip(path);
  const source = createReadStream(path);
  const child = spawn('ctr', args, { stdio: ['pipe', 'ignore', 'pipe'], timeout: LONGEST, killSignal: 'SIGKILL' });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2048);
  });
  const ended = once(child, 'close');
  const fed = gzip ? pipeline(source, createGunzip(), child.stdin) : pipeline(source, child.stdin);
  const [input, output] = await Promise.allSettled([fed, ended]);
  if (output.status === 'rejected') throw new RunError(`ctr: ${String(output.reason)}`);
  const [code, signal] = output.value as readonly unknown[];
  // A program that refuses what it reads closes its input: its own words come first.
  if (code !== 0) throw new RunError(`ctr images import: ${words.trim() || `it ended with ${String(code ?? signal)}`}`);
  if (input.status === 'rejected') throw new RunError(`ctr images import: ${String(input.reason)}`);
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(GZIP.length), 0, GZIP.length, 0);
    return buffer.equals(GZIP);
  } finally {
    await file.close();
  }
}
