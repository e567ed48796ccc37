/** JSON Schemas of the lifecycle events, from their definitions. Loads all of zod, so functions must not import it. */
import * as z from 'zod';
import { EVENT_SOURCE } from './event-source.ts';
import { eventTypes, resources } from './event-types.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

const toSchema = (schema: z.ZodType, target: 'draft-4' | 'draft-7' | 'draft-2020-12'): JsonSchema =>
  z.toJSONSchema(schema, {
    target,
    // Open, unlike `output`: subscribers ignore unknown fields.
    io: 'input',
    override: ({ jsonSchema }) => {
      // Redundant with `format`, and the pattern is a screen long.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });

/** Schemas of `detail` by event type, in JSON Schema 2020-12. */
export const detailSchemas = (): ReadonlyMap<string, JsonSchema> =>
  new Map(Object.entries(eventTypes).map(([type, schema]) => [type, toSchema(schema, 'draft-2020-12')]));

const text = { type: 'string' };
/** Schemas by event type of the whole event as a target receives it. */
export const wholeSchemas = (target: 'draft-4' | 'draft-7'): ReadonlyMap<string, JsonSchema> =>
  new Map(
    Object.entries(eventTypes).map(([type, schema]) => {
      const { $schema, ...detail } = toSchema(schema, target);
      const names = ['version', 'id', 'source', 'account', 'time', 'region', 'resources', 'detail-type', 'detail'];
      return [
        type,
        {
          $schema,
          title: type,
          'x-amazon-events-source': EVENT_SOURCE,
          'x-amazon-events-detail-type': type,
          type: 'object',
          required: names,
          properties: {
            ...Object.fromEntries(['version', 'id', 'account', 'region'].map((name) => [name, text])),
            source: { type: 'string', enum: [EVENT_SOURCE] },
            'detail-type': { type: 'string', enum: [type] },
            time: { type: 'string', format: 'date-time' },
            resources: { type: 'array', items: text },
            detail,
          },
        } as JsonSchema,
      ];
    }),
  );

/**
 * The same in the dialect of EventBridge's schema registry.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-schema-registry.html
 */
export const registrySchemas = (): ReadonlyMap<string, JsonSchema> => wholeSchemas('draft-4');

/** Schemas of the resources in events, by the names of their TypeScript types. */
export const resourceSchemas = (): ReadonlyMap<string, JsonSchema> =>
  new Map(Object.entries(resources).map(([name, schema]) => [name, toSchema(schema, 'draft-2020-12')]));
