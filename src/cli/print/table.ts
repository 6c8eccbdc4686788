/** Aligned columns as kubectl prints them: three spaces between, nothing after the last. */

import { cleanLine } from './clean.ts';

/** Colours a cell's padded text; `header` is the column's. */
export type Paint = (header: string, cell: string) => string;
export type Table = {
  readonly headers: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly paint?: Paint | undefined;
  /** Widths of earlier output that this one continues. */
  readonly widths?: readonly number[] | undefined;
  readonly noHeaders?: boolean | undefined;
};

/** How wide each column must be for the headers, the rows and what was printed before. */
export function columnWidths({ headers, rows, widths = [] }: Table): readonly number[] {
  return headers.map((header, index) =>
    rows.reduce(
      (width, row) => Math.max(width, cleanLine(row[index] ?? '').length),
      Math.max(header.length, widths[index] ?? 0),
    ),
  );
}

/** The table's text, each line ended. */
export function tableText(table: Table): string {
  const widths = columnWidths(table);
  const line = (cells: readonly string[], paint?: Paint): string => {
    const padded = cells.map((cell, index) => {
      const text = cleanLine(cell);
      const filled = index === cells.length - 1 ? text : text.padEnd((widths[index] ?? 0) + 3);
      return paint === undefined ? filled : paint(table.headers[index] ?? '', filled);
    });
    return `${padded.join('')}\n`;
  };
  const head = table.noHeaders ? '' : line(table.headers);
  return head + table.rows.map((row) => line(row, table.paint)).join('');
}
