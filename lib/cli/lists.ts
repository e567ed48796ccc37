/** Lists: which fields are shown, and how many entries. */
import { InvalidArgumentError } from 'commander';
import type { OptionsOf } from './command.ts';
import { integerFrom } from './parsers.ts';
import { toTextTable } from './text-table.ts';

const MAX = 9_999_999;

const parseFields = (text: string): readonly string[] => {
  const fields = text.split(',').map((field) => field.trim());
  if (fields.includes('')) throw new InvalidArgumentError('Expected names separated by commas, for example id,name.');
  return fields;
};

export const fieldsOption = {
  fields: { value: 'names', description: 'only these fields, separated by commas', parse: parseFields },
} as const;
export const pageOptions = {
  limit: {
    value: 'number',
    description: 'maximum number to list (default: all)',
    parse: integerFrom(1, MAX),
  },
  start: {
    value: 'number',
    description: 'position of the first one to list, starting at 1',
    default: 1,
    parse: integerFrom(1, MAX),
  },
} as const;
type Page = OptionsOf<typeof pageOptions>;

/** @returns the part of a whole list that the options ask for */
export const pageOf = <Entry>({ start, limit = MAX }: Page, all: readonly Entry[]): readonly Entry[] =>
  all.slice(start - 1, start - 1 + limit);

/** @returns a parser that refuses a field which no entry of the list can have */
export const fieldsAmong =
  (known: readonly string[]) =>
  (text: string): readonly string[] => {
    const fields = parseFields(text);
    const unknown = fields.find((field) => !known.includes(field));
    if (unknown === undefined) return fields;
    throw new InvalidArgumentError(`Unknown field ${unknown}, expected one of ${known.join(', ')}.`);
  };

/** @returns the line after a list that is not complete; nothing for a complete one */
export const toPageNote = ({ start }: Pick<Page, 'start'>, shown: number, total: number): string => {
  if (shown === 0 && total > 0) return `Position ${start} is after the last of ${total}.\n`;
  if (start === 1 && shown >= total) return '';
  const next = start + shown;
  const more = next <= total ? ` Pass --start ${next} for the next page, or a higher --limit.` : '';
  return `Showing ${start} to ${next - 1} of ${total}.${more}\n`;
};

/** Columns of a table: a heading and the path of a field. */
export type Columns = readonly (readonly [heading: string, path: string])[];

/** A path such as `name.givenName`; of several values all, separated by commas. An extension's URN has dots too. */
const valueAt = (value: unknown, path: string): unknown => {
  if (Array.isArray(value)) return value.map((one) => valueAt(one, path));
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value);
  const whole = entries.find(([name]) => name.toLowerCase() === path.toLowerCase());
  if (whole !== undefined) return whole[1];
  const inside = entries.find(([name]) => path.toLowerCase().startsWith(`${name.toLowerCase()}.`));
  const extension = entries.find(([name]) => path.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  const found = inside ?? extension;
  return found && valueAt(found[1], path.slice(found[0].length + 1));
};

const toCell = (value: unknown): string => {
  if (value === undefined || value === null || value === '') return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(toCell).join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** @param fields in place of the columns. @returns a table with a row for each object */
export const toFieldTable = (
  columns: Columns,
  objects: readonly object[],
  fields: readonly string[] | undefined,
): string => {
  const shown = fields?.map((field) => [field.toUpperCase(), field] as const) ?? columns;
  const rows = objects.map((object) => shown.map(([, path]) => toCell(valueAt(object, path))));
  return toTextTable(
    shown.map(([heading]) => heading),
    rows,
  );
};

/** @returns the objects with only the fields, as they are if there are none to choose */
export const pickFields = (objects: readonly object[], fields: readonly string[] | undefined): readonly object[] =>
  fields === undefined
    ? objects
    : objects.map((object) =>
        Object.fromEntries(
          fields.flatMap((field) => {
            const value = valueAt(object, field);
            return value === undefined ? [] : [[field, value]];
          }),
        ),
      );
