/** Asks the container runtime, and tells why it does not answer. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { realClock } from '../../../common/actor/clock.ts';
import { CriError } from '../../ports/cri.ts';
import type { RuntimeFacts } from '../../ports/doctor.ts';
import { createCri } from '../cri/cri.ts';
import { codeOf } from '../kept/durable-files.ts';

const LIMIT = 4_000;

export async function askRuntime(socket: string, endpoint = socket): Promise<RuntimeFacts> {
  return { endpoint, answer: (await whyClosed(socket)) ?? (await speak(socket)) };
}

async function whyClosed(path: string): Promise<RuntimeFacts['answer'] | undefined> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { is: 'no-socket' };
    if (code === 'EACCES' || code === 'EPERM') return { is: 'no-permission' };
    return { is: 'nobody-listens' };
  } finally {
    socket.destroy();
  }
}

async function speak(socket: string): Promise<RuntimeFacts['answer']> {
  const cri = createCri(socket, { clock: realClock, limit: LIMIT });
  try {
    const { runtimeName, runtimeVersion } = await cri.version();
    const { runtimeReady, networkReady, message } = await cri.status();
    if (!runtimeReady || !networkReady) return { is: 'not-ready', words: message };
    return { is: 'ready', version: `${runtimeName}://${runtimeVersion}` };
  } catch (error) {
    if (!(error instanceof CriError)) throw error;
    if (error.code === 'timeout') return { is: 'no-answer' };
    // What answers and is no gRPC server ends the connection.
    const foreign = error.code === 'unsupported' || error.code === 'unavailable';
    return foreign ? { is: 'not-cri-v1', words: error.message } : { is: 'not-ready', words: error.message };
  } finally {
    cri.close();
  }
}
