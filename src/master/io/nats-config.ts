/** The configuration of the nats-server that the master owns. Pure. */

export type NatsServerSettings = {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly storeDir: string;
  readonly pidFile: string;
  /** Where the server says which port it took. */
  readonly portsDir: string;
};

/** Bytes of the largest message: an object of the largest size twice over (its last applied configuration), and room. */
export const maxPayload = 4 * 1024 * 1024;

/**
 * nats-server's configuration file. `sync_interval: always` is what makes an acknowledged write survive a power cut:
 * the default of two minutes loses it. Nothing is served but clients: no monitoring, no cluster, no leaf nodes.
 */
export function natsConfig(settings: NatsServerSettings): string {
  return [
    'server_name: bramble',
    `listen: ${quote(`${settings.host}:${settings.port === 0 ? -1 : settings.port}`)}`,
    `pid_file: ${quote(settings.pidFile)}`,
    `ports_file_dir: ${quote(settings.portsDir)}`,
    `max_payload: ${maxPayload}`,
    'write_deadline: "10s"',
    'lame_duck_duration: "30s"',
    'jetstream {',
    `  store_dir: ${quote(settings.storeDir)}`,
    '  sync_interval: always',
    '  max_memory_store: 16777216',
    '}',
    '',
  ].join('\n');
}

function quote(text: string): string {
  return JSON.stringify(text);
}
