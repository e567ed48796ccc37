/** Validation of responses of a SCIM service provider (RFC 7644 sections 3.4.2 and 3.12). */
import * as z from 'zod';
import { toTerminalText } from '../common/terminal-text.ts';
import type { Answer } from './connection.ts';

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const LIST_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

export const Resource = z.looseObject({ id: z.string().min(1), schemas: z.array(z.string()).min(1) });
export type Resource = z.infer<typeof Resource>;

export const ListResponse = z
  .looseObject({
    schemas: z.array(z.string()).refine((urns) => urns.includes(LIST_RESPONSE), `lacks ${LIST_RESPONSE}`),
    totalResults: z.int().min(0),
    startIndex: z.int().optional(),
    itemsPerPage: z.int().optional(),
    Resources: z.array(Resource).default([]),
  })
  .refine(({ totalResults, Resources }) => Resources.length <= totalResults, 'has more Resources than totalResults');
export type ListResponse = z.infer<typeof ListResponse>;

const ErrorText = z.object({ scimType: z.string().optional(), detail: z.string().optional() });

/** @returns the media type of a response without parameters, in lower case */
export const mediaTypeOf = ({ headers }: Answer): string =>
  (headers['content-type'] ?? '').split(';', 1).join('').trim().toLowerCase();

/** @returns the scimType and detail of an error, or else the body; at most 300 characters, no control characters */
export const detailOf = ({ json, text }: Answer): string => {
  const { scimType, detail } = ErrorText.safeParse(json).data ?? {};
  const error = [scimType, detail].filter((part) => part !== undefined && part !== '').join(': ');
  return toTerminalText(error === '' ? text : error, ' ').slice(0, 300);
};

/** @returns the first issue of a failed validation, with the attribute's path */
export const faultOf = ({ issues }: z.core.$ZodError): string => {
  const [first] = issues;
  if (first === undefined) return 'is invalid';
  return first.path.length === 0 ? first.message : `${first.path.join('.')}: ${first.message}`;
};
