/** `image`: bring images to devices that have no registry, list them, and remove them. */

import { formatBytes } from '../../common/lib/bytes.ts';
import { fullImageName, parseImageReference } from '../../common/lib/image-reference.ts';
import { askImages, ImagesError } from '../../common/wire/ask-images.ts';
import type { NodeImage } from '../../common/wire/images-protocol.ts';
import { type ExitCode, usageError } from '../errors.ts';
import { type Archive, inspectArchive } from '../image/inspect-archive.ts';
import { chooseNodes, type NodeChoice, onEach } from '../image/nodes.ts';
import { type Progress, showProgress } from '../image/progress.ts';
import { refusedBy, sendArchive, unreachable } from '../image/send-archive.ts';
import type { Io, ReadableFile } from '../io.ts';
import { emit, note, say } from '../print/emit.ts';
import { tableText } from '../print/table.ts';
import { type Session, withSession } from '../session.ts';
import type { Call } from '../verb.ts';

const ANSWER_WITHIN = 20_000;

export type LoadOptions = NodeChoice & {
  readonly name?: string;
  readonly force?: boolean;
  readonly parallel?: number;
};

export async function load(io: Io, { args, options, globals }: Call<LoadOptions>): Promise<ExitCode> {
  const [path = ''] = args;
  const as = options.name === undefined ? undefined : fullName(options.name);
  const file = await openFile(io, path);
  try {
    const archive = await inspectArchive(path, file);
    checkNames(path, archive, as);
    return await withSession(io, globals, async (session) => {
      const nodes = await chooseNodes(session, options);
      const progress = showProgress(io);
      const force = options.force ?? false;
      return await onEach(io, nodes, Math.max(1, options.parallel ?? 4), async (node) => {
        await loadOn(io, session, { node, archive, file, as, force }, progress);
      });
    });
  } finally {
    await file.close();
  }
}

async function loadOn(
  io: Io,
  session: Session,
  transfer: { node: string; archive: Archive; file: ReadableFile; as: string | undefined; force: boolean },
  progress: Progress,
): Promise<void> {
  const { node, archive } = transfer;
  try {
    const images = await sendArchive(io, session, {
      ...transfer,
      progress: (have, importing) => progress.set(node, have, archive.size, importing),
    });
    await progress.done(node);
    for (const image of images) await say(io, `${node}: loaded ${image} (${formatBytes(archive.size)})`);
  } catch (error) {
    await progress.done(node);
    throw error;
  }
}

function fullName(name: string): string {
  const parsed = parseImageReference(name);
  if (!parsed.ok) throw usageError(`--name ${name}: ${parsed.problem}`);
  if (parsed.reference.digest !== undefined)
    throw usageError(`--name ${name}: a name with a tag is expected, no digest`);
  return fullImageName(parsed.reference);
}

async function openFile(io: Io, path: string): Promise<ReadableFile> {
  // It is read twice, and again where a transfer goes on.
  if (path === '-') throw usageError('an archive can not come from standard input: write it into a file first');
  try {
    return await io.files.open(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw usageError(`${path}: ${error.message}`);
    throw error;
  }
}

function checkNames(path: string, { names, count }: Archive, as: string | undefined): void {
  if (as === undefined && names.length === 0) {
    throw usageError(`${path}: its image has no name: give it one with --name, such as --name shop/till:1`);
  }
  if (as !== undefined && count > 1) throw usageError(`${path}: it has ${count} images, and --name names one`);
  for (const name of names) {
    const parsed = parseImageReference(name);
    if (!parsed.ok) throw usageError(`${path}: it names an image ${JSON.stringify(name)}: ${parsed.problem}`);
  }
}

export type ListOptions = NodeChoice & { readonly output?: string; readonly headers?: boolean };

export async function list(io: Io, { options, globals }: Call<ListOptions>): Promise<ExitCode> {
  const { output, node = [], selector } = options;
  if (output !== undefined && output !== 'json') throw usageError(`-o ${output}: json is known here`);
  return await withSession(io, globals, async (session) => {
    const all = node.length === 0 && selector === undefined;
    const nodes = await chooseNodes(session, all ? { all } : options);
    const found = new Map<string, readonly NodeImage[]>();
    const code = await onEach(io, nodes, nodes.length, async (name) => {
      const answer = await asked(name, () => askImages(session.nats, name, { verb: 'list' }, ANSWER_WITHIN));
      if (!answer.ok) throw refusedBy(name, answer);
      found.set(name, answer.images);
      if (answer.left > 0) await note(io, `${name}: ${answer.left} more images are not shown`);
    });
    const listed = nodes.flatMap((name) =>
      (found.get(name) ?? []).toSorted(byName).map((image) => ({ node: name, ...image })),
    );
    if (output === 'json') await emit(io, `${JSON.stringify({ kind: 'ImageList', items: listed }, undefined, 4)}\n`);
    else await emit(io, tableText({ headers, noHeaders: options.headers === false, rows: listed.flatMap(rowsOf) }));
    return code;
  });
}

/** Those without a name come last. */
const byName = (one: NodeImage, other: NodeImage) => (nameOf(one) < nameOf(other) ? -1 : 1);
const nameOf = ({ tags, digests, id }: NodeImage) => tags[0] ?? `~${digests[0] ?? id}`;

const headers = ['NODE', 'REPOSITORY:TAG', 'DIGEST', 'SIZE', 'IN USE'];

function rowsOf({ node, id, tags, digests, sizeBytes, usedBy }: NodeImage & { node: string }): string[][] {
  const digest = (digests[0]?.split('@')[1] ?? id).replace(/^sha256:/, '').slice(0, 12);
  const use = usedBy.length === 0 ? '-' : usedBy.length === 1 ? `${usedBy[0]}` : `${usedBy.length} pods`;
  const names = tags.length > 0 ? tags : [digests[0]?.split('@')[0] ?? '<none>'];
  return names.map((name) => [node, name, digest, formatBytes(sizeBytes), use]);
}

export type RemoveOptions = NodeChoice & { readonly force?: boolean };

export async function remove(io: Io, { args, options, globals }: Call<RemoveOptions>): Promise<ExitCode> {
  const [reference = ''] = args;
  return await withSession(io, globals, async (session) => {
    const nodes = await chooseNodes(session, options);
    const request = { verb: 'remove' as const, reference, force: options.force ?? false };
    return await onEach(io, nodes, nodes.length, async (node) => {
      const answer = await asked(node, () => askImages(session.nats, node, request, ANSWER_WITHIN));
      if (!answer.ok) throw refusedBy(node, answer);
      for (const name of answer.removed) await say(io, `${node}: removed ${name}`);
    });
  });
}

async function asked<T>(node: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof ImagesError ? unreachable(node, error) : error;
  }
}
