/** CRI's log format: `<RFC 3339 time with nanoseconds> <stdout|stderr> <tags> <text>`; tag P is a part, F a line's end. */
import { fromTimestamp } from '../../../common/lib/time.ts';

export type LogOptions = { readonly timestamps: boolean; readonly sinceMillis?: number };

const NEWLINE = 10;
const SPACE = 32;
const PART = Buffer.from('P');
const STREAMS = ['stdout', 'stderr'];

export type LogRenderer = {
  /** The output for one line of the file, without its newline; empty for a line before `sinceMillis`. */
  render(line: Buffer): Buffer;
};

/** Turns the file's lines into the container's output. Parts are joined; a malformed line passes as it is. */
export function createLogRenderer(options: LogOptions): LogRenderer {
  // Of each stream: whether its last line was a part, so that the next goes on without a time of its own.
  const open = new Set<string>();
  return {
    render: (line) => {
      const parsed = parseLine(line);
      if (parsed === undefined) return Buffer.concat([line, Buffer.of(NEWLINE)]);
      const goesOn = open.has(parsed.stream);
      if (parsed.partial) open.add(parsed.stream);
      else open.delete(parsed.stream);
      if (options.sinceMillis !== undefined && parsed.millis < options.sinceMillis) return Buffer.alloc(0);
      return Buffer.concat([
        options.timestamps && !goesOn ? Buffer.from(`${parsed.time} `) : Buffer.alloc(0),
        parsed.text,
        parsed.partial ? Buffer.alloc(0) : Buffer.of(NEWLINE),
      ]);
    },
  };
}

/** Whether a line of the file ends a line of the container's output. */
export function endsLine(line: Buffer): boolean {
  return !(parseLine(line)?.partial ?? false);
}

type LogLine = {
  readonly time: string;
  readonly millis: number;
  readonly stream: string;
  readonly partial: boolean;
  readonly text: Buffer;
};

function parseLine(line: Buffer): LogLine | undefined {
  const first = line.indexOf(SPACE);
  const second = line.indexOf(SPACE, first + 1);
  const third = line.indexOf(SPACE, second + 1);
  if (first < 0 || second < 0 || third < 0) return undefined;
  const time = line.toString('latin1', 0, first);
  const stream = line.toString('latin1', first + 1, second);
  const millis = fromTimestamp(time);
  if (millis === undefined || !STREAMS.includes(stream)) return undefined;
  const tags = line.toString('latin1', second + 1, third).split(':');
  return { time, millis, stream, partial: tags[0] === PART.toString(), text: line.subarray(third + 1) };
}
