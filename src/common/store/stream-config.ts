/**
 * The one stream that holds the cluster: in the layout of a NATS KV bucket, so that its tools can read it. It keeps
 * the last value of each key (history 1), and repeats every write on `bramble.watch.>` for clients.
 */
import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

/** A repeated write with the same id is known again for this long; longer than any write is retried. */
const KNOWN_AGAIN_FOR = nanos(20_000);
const STREAM_NOT_FOUND = 10059;

/** Creates the bucket's stream, or brings an existing one up to date. Without `replicas` an existing number is kept. */
export async function ensureStream(jsm: JetStreamManager, bucket: string, replicas?: number): Promise<StreamInfo> {
  const name = `KV_${bucket}`;
  const wanted = {
    subjects: [`$KV.${bucket}.>`],
    max_msgs_per_subject: 1,
    duplicate_window: KNOWN_AGAIN_FOR,
    allow_direct: true,
    allow_rollup_hdrs: true,
    deny_delete: true,
    discard: DiscardPolicy.New,
    republish: { src: `$KV.${bucket}.>`, dest: 'bramble.watch.>' },
  } satisfies Partial<StreamConfig>;
  const found = await jsm.streams.info(name).catch((error: unknown) => {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined;
    throw error;
  });
  if (found === undefined) {
    return jsm.streams.add({
      ...wanted,
      name,
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      num_replicas: replicas ?? 1,
    });
  }
  const { config } = found;
  const same =
    config.max_msgs_per_subject === wanted.max_msgs_per_subject &&
    config.duplicate_window === wanted.duplicate_window &&
    config.allow_direct &&
    config.republish?.src === wanted.republish.src &&
    config.republish.dest === wanted.republish.dest &&
    config.num_replicas === (replicas ?? config.num_replicas);
  return same
    ? found
    : jsm.streams.update(name, { ...config, ...wanted, num_replicas: replicas ?? config.num_replicas });
}
