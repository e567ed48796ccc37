/** Writes an attribute as data, with the defaults of RFC 7643 section 2.2 for what is not said. */
import type { Attribute } from './schema.ts';

type Characteristics = Partial<Omit<Attribute, 'name' | 'description'>>;

export const attribute = (name: string, description: string, characteristics: Characteristics = {}): Attribute => ({
  name,
  type: 'string',
  multiValued: false,
  description,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...characteristics,
});

/** The sub-attributes that most multi-valued attributes share (RFC 7643 section 2.4). */
export const plural = (value: Attribute, types: readonly string[] | undefined): readonly Attribute[] => [
  value,
  attribute('display', 'A name of the value for people to read.'),
  attribute('type', 'A label of what the value is for.', types === undefined ? {} : { canonicalValues: types }),
  attribute('primary', 'Whether this is the preferred value; true for one value at the most.', { type: 'boolean' }),
];
