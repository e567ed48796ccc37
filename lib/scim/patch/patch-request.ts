/** The PATCH message (RFC 7644 section 3.5.2). */
import type { Tolerate } from '../dialect.ts';
import { invalidPath, invalidSyntax, invalidValue, noTarget } from '../error.ts';
import { isObject, type Json, type JsonObject } from '../json/json.ts';
import { limits } from '../limits.ts';
import { checkMessage } from '../message.ts';
import type { ResourceType } from '../schema/schema.ts';

const PATCH_OP_URN = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

export type Operation = {
  readonly op: 'add' | 'remove' | 'replace';
  /** undefined: the value names the attributes. Always present for remove. */
  readonly path: string | undefined;
  /** undefined: absent. */
  readonly value: Json | undefined;
};

/** Reads a member in any letter case. @param name in lower case */
const member = (object: JsonObject, name: string): Json | undefined => {
  if (Object.hasOwn(object, name)) return object[name];
  const key = Object.keys(object).find((one) => one.toLowerCase() === name);
  return key === undefined ? undefined : object[key];
};

const toOp = (given: Json | undefined, tolerate: Tolerate): Operation['op'] => {
  const op = typeof given === 'string' ? given.toLowerCase() : undefined;
  if ((op === 'add' || op === 'remove' || op === 'replace') && (op === given || tolerate('operationCase'))) return op;
  throw invalidSyntax(
    `op must be add, remove or replace${typeof given === 'string' ? `, not ${JSON.stringify(given)}` : ''}.`,
  );
};

const toOperation = (given: Json, tolerate: Tolerate): Operation => {
  if (!isObject(given)) throw invalidSyntax('Each element of Operations must be an object.');
  const op = toOp(member(given, 'op'), tolerate);
  const path = member(given, 'path') ?? '';
  const value = member(given, 'value');
  if (typeof path !== 'string') throw invalidPath('path must be a string.');
  if (op === 'remove' && path === '') throw noTarget('A remove operation requires a path (RFC 7644 section 3.5.2.2).');
  if (op !== 'remove' && value === undefined) throw invalidValue(`Operation ${op} requires a value.`);
  if (path === '' && !isObject(value))
    throw invalidValue(`Operation ${op} without a path requires an object of attributes as its value.`);
  return { op, path: path === '' ? undefined : path, value };
};

/** @throws invalidSyntax for more operations on attributes other than members than `limits.attributeOperations` */
export const checkOperationCount = (operations: readonly Operation[], { members }: ResourceType): void => {
  const name = members?.attribute.toLowerCase();
  const isOnMembers = ({ path }: Operation) => name !== undefined && path?.toLowerCase().startsWith(name) === true;
  const others = operations.length <= limits.attributeOperations ? [] : operations.filter((one) => !isOnMembers(one));
  if (others.length > limits.attributeOperations)
    throw invalidSyntax(
      `Operations has more than ${limits.attributeOperations} operations on attributes: split the request.`,
    );
};

/** @throws invalidSyntax without an operation, unless the body has no other member either and a dialect is tolerated */
const operationsIn = (message: JsonObject, tolerate: Tolerate): readonly Json[] => {
  const given = member(message, 'operations') ?? [];
  if (isObject(given) && tolerate('singleForMultiple')) return [given];
  if (Array.isArray(given) && given.length > 0) return given;
  const other = Object.keys(message).find((name) => !/^(operations|schemas|id|meta)$/i.test(name));
  if (Array.isArray(given) && other === undefined && tolerate('noOperations')) return [];
  throw invalidSyntax(
    `Operations must be an array with at least one operation${other === undefined ? '' : ` on ${JSON.stringify(other)}`}.`,
  );
};

/** Reads the operations of a PatchOp message. @throws invalidSyntax, invalidValue, invalidPath, noTarget (400) */
export function readPatchRequest(body: Json, tolerate: Tolerate): readonly Operation[] {
  const message = checkMessage(body, PATCH_OP_URN, tolerate);
  const operations = operationsIn(message, tolerate);
  if (operations.length > limits.patchOperations)
    throw invalidSyntax(`Operations has more than ${limits.patchOperations} operations: split the request.`);
  return operations.map((operation) => toOperation(operation, tolerate));
}
