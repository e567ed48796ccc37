/** Schemas of users and groups as events show them, from the attributes of their resource types. */
import * as z from 'zod';
import type { Attribute, ResourceType } from '../scim/index.ts';

const scalar = ({ type }: Attribute): z.ZodType => {
  if (type === 'boolean') return z.boolean();
  return type === 'decimal' || type === 'integer' ? z.number() : z.string();
};
const shapeOf = (attributes: readonly Attribute[], hidden: ReadonlySet<string>): z.ZodRawShape =>
  Object.fromEntries(
    attributes
      .filter(({ name, returned }) => returned !== 'never' && name !== '$ref' && !hidden.has(name))
      .map((attribute) => {
        const { name, subAttributes, multiValued } = attribute;
        const one = subAttributes === undefined ? scalar(attribute) : z.looseObject(shapeOf(subAttributes, new Set()));
        return [name, (multiValued ? z.array(one) : one).optional()];
      }),
  );

/** Open: a directory may have further attributes and extensions. With `resourceOmitted`, most attributes are absent. */
export const resourceSchema = ({ schema, extensions, members, memberOf }: ResourceType) =>
  z.looseObject({
    id: z.string(),
    schemas: z.array(z.string()).optional(),
    meta: z.object({ resourceType: z.string(), created: z.iso.datetime(), lastModified: z.iso.datetime() }).optional(),
    externalId: z.string().optional(),
    ...shapeOf(schema.attributes, new Set([members?.attribute ?? '', memberOf?.attribute ?? ''])),
    ...Object.fromEntries(
      extensions.map(({ schema: { id, attributes } }) => [
        id,
        z.looseObject(shapeOf(attributes, new Set())).optional(),
      ]),
    ),
  });
