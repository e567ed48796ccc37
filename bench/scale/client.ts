/** Sends requests to a SCIM server over HTTP, and times them. */
import * as z from 'zod';

export type Server = { readonly baseUrl: string; readonly token: string };
export type SentRequest = { readonly method: string; readonly path: string; readonly body?: object };
export type TimedResponse = { readonly milliseconds: number; readonly text: string };

/** @throws Error if the response is not 2xx, which makes its time meaningless */
export const ask = async ({ baseUrl, token }: Server, { method, path, body }: SentRequest): Promise<TimedResponse> => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const start = performance.now();
  const response = await fetch(`${baseUrl}${path}`, { method, headers, ...(sent === undefined ? {} : { body: sent }) });
  const text = await response.text();
  const milliseconds = performance.now() - start;
  if (!response.ok) throw new Error(`${method} ${path} returned ${response.status}: ${text.slice(0, 500)}`);
  return { milliseconds, text };
};

/** A user in a page, without id, meta and the ids of groups, which differ between servers. */
const User = z
  .looseObject({ userName: z.string(), groups: z.array(z.object({ display: z.string() })) })
  .transform(({ id, meta, ...own }) => own);
const Created = z.object({ id: z.string() });
const Page = z.object({ totalResults: z.number(), Resources: z.array(User) });
const Group = z.object({ members: z.array(z.object({ value: z.string() })).default([]) });

export type User = z.infer<typeof User>;
export const readPage = (text: string) => Page.parse(JSON.parse(text));
export const readId = (text: string): string => Created.parse(JSON.parse(text)).id;
export const readMembers = (text: string): ReadonlySet<string> =>
  new Set(Group.parse(JSON.parse(text)).members.map(({ value }) => value));
