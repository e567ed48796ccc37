/** Factory for attributes, with the default characteristics of RFC 7643 section 2.2. */
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

/**
 * Whether the attribute is the location of a SCIM resource, such as `manager.$ref`. A location depends on the URL of the
 * request, and a client may send any: it is checked and never stored.
 */
export const isLocation = ({ name, type, referenceTypes = [] }: Attribute): boolean =>
  name === '$ref' && type === 'reference' && referenceTypes.some((one) => one !== 'external' && one !== 'uri');

/** The sub-attributes that most multi-valued attributes share (RFC 7643 section 2.4). */
export const plural = (value: Attribute, types: readonly string[] | undefined): readonly Attribute[] => [
  value,
  attribute('display', 'A human-readable name of the value.'),
  attribute('type', 'A label for the purpose of the value.', types === undefined ? {} : { canonicalValues: types }),
  attribute('primary', 'Whether this is the preferred value; true for at most one value.', { type: 'boolean' }),
];
