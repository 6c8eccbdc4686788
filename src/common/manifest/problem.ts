/** What is wrong with a manifest, and where. */

export type Problem = {
  /** File name, URL or `<stdin>`. */
  readonly source: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  /** The offending line, with a mark under the column. */
  readonly excerpt?: string;
};

/** `hello.yaml:12:5: message`. */
export function problemLine({ source, line, column, message }: Problem): string {
  return `${[source, line, column].filter((part) => part !== undefined).join(':')}: ${message}`;
}
