/** Prints a JSON Schema as a TypeScript type. Supports only the keywords that the event schemas use. */
import * as z from 'zod';

const Schema = z.object({
  $schema: z.string().optional(),
  type: z.enum(['object', 'array', 'string', 'number', 'integer', 'boolean']).optional(),
  const: z.union([z.string(), z.number(), z.boolean()]).optional(),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  additionalProperties: z.union([z.boolean(), z.record(z.string(), z.unknown())]).optional(),
  propertyNames: z.unknown().optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
  exclusiveMinimum: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  description: z.string().optional(),
});
type Schema = z.infer<typeof Schema>;
// Rejects other keywords, which would otherwise be dropped silently.
const StrictSchema = Schema.strict();

const property = (name: string) => (/^[A-Za-z]\w*$/.test(name) ? name : JSON.stringify(name));
const printObject = ({ properties = {}, required = [], additionalProperties }: Schema): string => {
  const lines = Object.entries(properties).map(
    ([name, part]) => `readonly ${property(name)}${required.includes(name) ? '' : '?'}: ${printType(part)};`,
  );
  const rest =
    typeof additionalProperties === 'object'
      ? [
          `readonly [name: string]: ${Object.keys(additionalProperties).length === 0 ? 'unknown' : printType(additionalProperties)};`,
        ]
      : [];
  return `{ ${[...lines, ...rest].join(' ')} }`;
};

/** @throws ZodError for a schema with an unsupported keyword */
export const printType = (input: unknown): string => {
  const schema = StrictSchema.parse(input);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.type === undefined) return 'unknown';
  if (schema.type === 'object') return printObject(schema);
  if (schema.type === 'array') return `readonly (${printType(schema.items ?? {})})[]`;
  return schema.type === 'integer' ? 'number' : schema.type;
};
