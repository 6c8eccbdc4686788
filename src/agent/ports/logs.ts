/** Containers' logs. */

/** A container's log file in CRI format, as a stream of lines. */
export interface Logs {
  read(
    path: string,
    options: {
      readonly follow: boolean;
      readonly timestamps: boolean;
      readonly tailLines?: number;
      readonly sinceMillis?: number;
    },
    ended: () => boolean,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
}
