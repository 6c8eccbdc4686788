/** Checks of the way to NATS: the name, the route, the port, TLS, the credentials, the version; each fails in its own words. */

import type { NatsFacts } from './device-facts.ts';
import { type Finding, type FindingId, finding } from './finding.ts';

/** The oldest nats-server with all that the store uses. */
const OLDEST = [2, 10] as const;

/** What stands between the device and each server. With one that lets it in the others are warnings. */
export function natsFindings(servers: readonly NatsFacts[]): readonly Finding[] {
  const reached = servers.some(({ answer }) => answer.is === 'connected');
  return servers.flatMap((server) => {
    const found = natsFinding(server);
    return found === undefined
      ? []
      : [reached && found.id !== 'nats-version' ? { ...found, severity: 'warning' as const } : found];
  });
}

const offline = 'Pods that the device has run on; nothing new reaches it.';

function natsFinding({ server, answer }: NatsFacts): Finding | undefined {
  const say = (id: FindingId, summary: string, action: string, explanation = offline): Finding =>
    finding(id, { summary, explanation, action });
  switch (answer.is) {
    case 'connected':
      return isOld(answer.version)
        ? say(
            'nats-version',
            `The nats-server at ${server} is ${answer.version}; needed is ${OLDEST.join('.')} or newer.`,
            'Install a newer nats-server: Debian 12 has 2.9, Debian 13 has 2.10.',
            'The store needs what older ones do not have.',
          )
        : undefined;
    case 'unknown-name':
      return say(
        'nats-name',
        `The name in ${server} is not known: ${answer.words}.`,
        'Check the setting server, /etc/resolv.conf and the network; an address in place of the name needs no DNS.',
      );
    case 'no-route':
      return say('nats-route', `No route leads to ${server}.`, 'Check ip route, the cable or the Wi-Fi, and the VPN.');
    case 'refused':
      return say(
        'nats-port-refused',
        `The machine of ${server} is there, and nobody listens on that port.`,
        'Start the master or the nats-server; an owned one listens on 127.0.0.1 unless natsHost says otherwise.',
      );
    case 'silent':
      return say(
        'nats-port-silent',
        `${server} does not answer.`,
        'The machine is off, or a firewall drops the packets: open the port there (TCP 4222).',
      );
    case 'no-nats':
      return say(
        'nats-no-nats',
        `What answers at ${server} is no NATS server.`,
        'Check the port in the setting server.',
      );
    case 'tls-unknown':
      return say(
        'nats-tls-unknown',
        `The certificate of ${server} is of an authority that this device does not know: ${answer.words}.`,
        'Give the agent its CA certificate: NODE_EXTRA_CA_CERTS=/path/ca.pem in the environment of the service.',
      );
    case 'tls-expired':
      return say(
        'nats-tls-expired',
        `The certificate of ${server} has expired: ${answer.words}.`,
        'Renew it at the server.',
      );
    case 'tls-early':
      return say(
        'nats-tls-early',
        `The certificate of ${server} is not valid yet: ${answer.words}.`,
        'The clock of this device is behind: see timedatectl, and clock-implausible of this doctor.',
      );
    case 'tls-name':
      return say(
        'nats-tls-name',
        `The certificate of ${server} is for another name: ${answer.words}.`,
        'Use a name of the certificate in the setting server, or make one for this name or address.',
      );
    case 'tls-failed':
      return say(
        'nats-tls-failed',
        `TLS with ${server} failed: ${answer.words}.`,
        'Compare tls:// or nats:// with the server.',
      );
    case 'creds-unreadable':
      return say(
        'nats-credentials-unreadable',
        `The credentials can not be read: ${answer.words}.`,
        'Put the .creds file where the setting creds says, readable by root.',
      );
    case 'creds-expired':
      return say(
        'nats-credentials-expired',
        `The credentials have expired: ${answer.words}.`,
        'Issue new ones for this device.',
      );
    case 'creds-refused':
      return say(
        'nats-credentials-refused',
        `${server} does not accept the credentials: ${answer.words}.`,
        'Check the setting creds, and that the server knows this user or account.',
      );
    case 'login-failed':
      return say('nats-login', `${server} refused the connection: ${answer.words}.`, "See the nats-server's log.");
  }
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}
