/** Opens a TCP connection, and closes it. */

import { connect } from 'node:net';
import type { CheckResult, TcpCheck } from '../../ports/checks.ts';
import type { Deadline } from './deadline.ts';
import { dialWords, hostPort } from './network-words.ts';

export function tcpCheck({ host, port }: TcpCheck, _timeout: number, deadline: Deadline): Promise<CheckResult> {
  const address = hostPort(host, port);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (result: CheckResult): void => {
      socket.destroy();
      resolve(result);
    };
    const late = (): void => settle({ outcome: 'failure', output: `dial tcp ${address}: i/o timeout` });
    socket.on('connect', () => settle({ outcome: 'success', output: '' }));
    socket.on('error', (error) => settle({ outcome: 'failure', output: dialWords(error, address) }));
    deadline.whenPassed(late);
  });
}
