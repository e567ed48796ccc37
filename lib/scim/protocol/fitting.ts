/** Keeps responses within the size that Lambda returns. */
import type { JsonObject } from '../json/json.ts';
import { countFitting, isLongerInString } from '../json/json-size.ts';
import { limits } from '../limits.ts';
import type { ResourceType } from '../schema/schema.ts';

export type Fitted<Body> = {
  readonly body: Body;
  /** Names the attribute that was left out, because the response would be too large. */
  readonly headers: Readonly<Record<string, string>>;
};

/** @returns the representation, without its memberships if it would exceed the maximum response size */
export const fitResource = (resource: JsonObject, { members, memberOf }: ResourceType): Fitted<JsonObject> => {
  if (!isLongerInString(resource, limits.answerBytes)) return { body: resource, headers: {} };
  const isMembership = (name: string) => name === members?.attribute || name === memberOf?.attribute;
  const names = Object.keys(resource).filter(isMembership);
  const body = Object.fromEntries(Object.entries(resource).filter(([name]) => !names.includes(name)));
  return { body, headers: names.length === 0 ? {} : { 'X-Rollcall-Omitted': names.join(', ') } };
};

/** @returns the resources from the first on that fit into one response; at least one */
export const fitPage = (resources: readonly JsonObject[], type: ResourceType): Fitted<readonly JsonObject[]> => {
  const count = countFitting(resources, limits.answerBytes);
  const [first] = resources;
  if (first === undefined || count > 1) return { body: resources.slice(0, count), headers: {} };
  const { body, headers } = fitResource(first, type);
  return { body: [body], headers };
};
