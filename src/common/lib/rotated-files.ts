/** The names of a file's rotated parts: `<file>.<number>`, and `<file>.<number>.gz` once compressed; higher is newer. */

export type RotatedFile = { readonly name: string; readonly number: number; readonly compressed: boolean };

/** The parts of `file` among `names`, oldest first. Of one that is there twice, as a crash leaves it, only the compressed one. */
export function rotatedFiles(names: readonly string[], file: string): readonly RotatedFile[] {
  const parts = names.flatMap((name): readonly RotatedFile[] => {
    const [, number, gz] = /^\.(\d{1,15})(\.gz)?$/.exec(name.startsWith(file) ? name.slice(file.length) : '') ?? [];
    return number === undefined ? [] : [{ name, number: Number(number), compressed: gz !== undefined }];
  });
  const packed = new Set(parts.filter(({ compressed }) => compressed).map(({ number }) => number));
  return parts
    .filter(({ number, compressed }) => compressed || !packed.has(number))
    .sort((a, b) => a.number - b.number);
}

/** The name of the next part. */
export function nextRotated(file: string, parts: readonly RotatedFile[]): string {
  return `${file}.${(parts.at(-1)?.number ?? 0) + 1}`;
}
