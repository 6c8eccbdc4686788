/** What went wrong on the network, in the words that people know from the kubelet's Events. */

import { isIPv6 } from 'node:net';

type NetworkError = Error & { readonly code?: string; readonly syscall?: string };

/** Errors of connect(2), read(2) and write(2). */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
  EPIPE: 'broken pipe',
};
const LONGEST_WORDS = 512;

export function hostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Why no connection to `address` came about. */
export function dialWords(error: NetworkError, address: string): string {
  const { code = '' } = error;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${address}: no such host`;
  return `dial tcp ${address}: connect: ${WORDS[code] ?? plain(error.message)}`;
}

/** Why an exchange with `address` failed, before or after it was connected. */
export function exchangeWords(error: NetworkError, address: string): string {
  const { code = '', syscall, message } = error;
  if (syscall === 'connect' || syscall === 'getaddrinfo') return dialWords(error, address);
  if (message === 'socket hang up') return 'EOF';
  return WORDS[code] === undefined ? plain(message) : `${syscall ?? 'read'}: ${WORDS[code]}`;
}

/** Text of the other side or of a library, fit for an Event. */
export function plain(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, LONGEST_WORDS);
}
