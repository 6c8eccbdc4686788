/** Sends an archive to one node: goes on where an earlier transfer stopped, repeats what was damaged or lost, waits for the import. */

import { pause } from '../../common/actor/pause.ts';
import type { Millis } from '../../common/actor/types.ts';
import { sha256 } from '../../common/lib/hash.ts';
import { askImages, ImagesError } from '../../common/wire/ask-images.ts';
import {
  type ImagesAnswer,
  type ImagesRefusal,
  type ImagesRequest,
  type PieceRequest,
  pieceBytes,
} from '../../common/wire/images-protocol.ts';
import { CliError, exitCode } from '../errors.ts';
import type { Io, ReadableFile } from '../io.ts';
import type { Session } from '../session.ts';
import { stopped } from '../until.ts';
import type { Archive } from './inspect-archive.ts';

export type Transfer = {
  readonly node: string;
  readonly archive: Archive;
  readonly file: ReadableFile;
  /** Another name for the archive's only image. */
  readonly as: string | undefined;
  readonly force: boolean;
  /** How many bytes the node has, and whether it has begun to import them. */
  progress(have: number, importing: boolean): void;
};
type Ask = <R extends ImagesRequest | PieceRequest>(request: R) => Promise<ImagesAnswer<R['verb']>>;

const ANSWER_WITHIN: Millis = 20_000;
/** How long an agent that was there may be away, as when it is restarted. */
const AWAY: Millis = 60_000;
const LOOK_AGAIN: Millis = 300;
/** How often a piece may come damaged, and a transfer be begun again. */
const TRIES = 5;

/** Answers with the full names of the images. Throws CliError. */
export async function sendArchive(io: Io, session: Session, transfer: Transfer): Promise<readonly string[]> {
  const ask = patientAsk(io, session, transfer.node);
  for (let attempt = 1; ; attempt += 1) {
    const sent = await send(io, ask, transfer);
    const result = sent.ok ? await imported(io, ask, transfer, sent.platform) : sent;
    if (!('code' in result)) return result;
    // The agent was restarted, or what it had was damaged on its disk.
    const again = result.code === 'not-found' || result.code === 'corrupt';
    if (!again || attempt >= TRIES) throw refusedBy(transfer.node, result);
  }
}

/** All that the node lacks, until it has the whole archive. */
async function send(io: Io, ask: Ask, { archive, file, force, progress }: Transfer): Promise<ImagesAnswer<'begin'>> {
  const { digest, size, unpacked, platforms } = archive;
  const begun = await ask({ verb: 'begin', digest, size, unpacked, platforms: [...platforms], force });
  if (!begun.ok) return begun;
  let damaged = 0;
  for (let have = begun.have; have < size; ) {
    progress(have, false);
    const bytes = await file.read(have, Math.min(pieceBytes, size - have));
    if (bytes.length === 0) throw new CliError(exitCode.failed, 'the archive has become shorter while it was sent');
    const answer = await ask({ verb: 'piece', digest, offset: have, sum: sha256(bytes), bytes });
    if (answer.ok) {
      have = answer.have;
      damaged = 0;
    } else {
      damaged += 1;
      if (answer.code !== 'corrupt' || damaged >= TRIES) return answer;
    }
    if (io.stop.aborted) throw stopped(io);
  }
  return begun;
}

async function imported(
  io: Io,
  ask: Ask,
  { archive, as, progress }: Transfer,
  platform: string | undefined,
): Promise<readonly string[] | ImagesRefusal> {
  const { digest, size, names } = archive;
  for (;;) {
    progress(size, true);
    const answer = await ask({ verb: 'import', digest, size, names: [...names], as, platform });
    if (!answer.ok) return answer;
    if (answer.images !== undefined) return answer.images;
    await pause(io.clock, LOOK_AGAIN, io.stop);
    if (io.stop.aborted) throw stopped(io);
  }
}

/** Who was heard once is waited for when it falls silent. */
function patientAsk(io: Io, { nats }: Session, node: string): Ask {
  let heard: Millis | undefined;
  return async (request) => {
    for (;;) {
      try {
        const answer = await askImages(nats, node, request, ANSWER_WITHIN);
        heard = io.clock.now();
        return answer;
      } catch (error) {
        if (!(error instanceof ImagesError)) throw error;
        const patient = heard !== undefined && io.clock.now() - heard < AWAY && error.code !== 'protocol';
        if (!patient || nats.isClosed()) throw unreachable(node, error, heard !== undefined);
        await pause(io.clock, LOOK_AGAIN, io.stop);
        if (io.stop.aborted) throw stopped(io);
      }
    }
  };
}

export function unreachable(node: string, error: ImagesError, begun = false): CliError {
  const advice = begun
    ? 'the same command goes on where it stopped'
    : `is the node up? bramble get node ${node}; on the device: systemctl status bramble-agent`;
  const code = error.code === 'protocol' ? exitCode.failed : exitCode.unreachable;
  return new CliError(code, `${error.message}\n${advice}`, { cause: error });
}

export function refusedBy(node: string, { code, message }: ImagesRefusal): CliError {
  return new CliError(code === 'not-found' ? exitCode.notFound : exitCode.failed, `from node "${node}": ${message}`);
}
