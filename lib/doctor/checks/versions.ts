/** Checks of ETags (RFC 7644 section 3.14). */
import { at } from '../../scim-client/json-value.ts';
import { PATCH_OP, type Resource } from '../../scim-client/scim-messages.ts';
import type { Check } from '../check.ts';
import { type CheckContext, targetOf } from '../check-context.ts';
import { CheckFailed, CheckSkipped } from '../check-outcome.ts';
import { expectPatched, expectStatus, format } from '../expect.ts';

const RFC = 'RFC 7644 section 3.14';

/**
 * @returns the user's ETag
 * @throws CheckSkipped if there is none or it differs from meta.version
 */
const tagOf = async ({ read }: CheckContext, user: Resource): Promise<string> => {
  const { headers, json } = await read(user);
  const { etag } = headers;
  if (etag === undefined || at(json, 'meta', 'version') !== etag)
    throw new CheckSkipped('no usable ETag (version.etag)');
  return etag;
};

export const versions: readonly Check[] = [
  {
    id: 'version.etag',
    title: 'a resource has an ETag equal to its meta.version',
    source: `${RFC}; RFC 7643 section 3.1`,
    grade: 'should',
    audience: ['rfc'],
    async run({ createUser, read }) {
      const response = await read(await createUser());
      expectStatus(response, 200);
      const version = at(response.json, 'meta', 'version');
      if (response.headers.etag === undefined)
        throw new CheckFailed(`no ETag header; meta.version is ${format(version)}`);
      if (version !== response.headers.etag)
        throw new CheckFailed(`the ETag is ${response.headers.etag}, meta.version ${format(version)}`);
      return response.headers.etag;
    },
  },
  {
    id: 'version.moves',
    title: 'a change updates the ETag',
    source: RFC,
    grade: 'should',
    audience: ['rfc'],
    async run(context) {
      const user = await context.createUser();
      const before = await tagOf(context, user);
      expectPatched(await context.patch(user, { op: 'replace', path: 'title', value: 'T' }));
      const after = await tagOf(context, user);
      if (after === before) throw new CheckFailed(`it is ${after} before and after the change`);
      return `${before}, then ${after}`;
    },
  },
  {
    id: 'version.not-modified',
    title: 'GET with a current If-None-Match returns 304',
    source: RFC,
    grade: 'should',
    audience: ['rfc'],
    async run(context) {
      const user = await context.createUser();
      const headers = { Accept: 'application/scim+json', 'If-None-Match': await tagOf(context, user) };
      expectStatus(await context.ask('GET', targetOf('/Users', user.id), { headers }), 304);
      return '304';
    },
  },
  {
    id: 'version.precondition',
    title: 'PATCH with an outdated If-Match returns 412',
    source: RFC,
    grade: 'should',
    audience: ['rfc'],
    async run(context) {
      const user = await context.createUser();
      const stale = await tagOf(context, user);
      expectPatched(await context.patch(user, { op: 'replace', path: 'title', value: 'T' }));
      const headers = { 'Content-Type': 'application/scim+json', 'If-Match': stale };
      const body = { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'title', value: 'U' }] };
      expectStatus(await context.ask('PATCH', targetOf('/Users', user.id), { headers, body }), 412);
      return '412';
    },
  },
];
