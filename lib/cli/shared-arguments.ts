/** Arguments that several commands share. */
import { Slug, TokenName } from '../admin/directory-messages.ts';
import { parserOf } from './parsers.ts';

export const parseSlug = parserOf(Slug);
export const parseTokenName = parserOf(TokenName);

export const directoryArgument = { description: 'directory id', parse: parseSlug } as const;
export const tokenArgument = {
  description: 'id or name of the token, not the token itself',
  parse: parseTokenName,
} as const;
