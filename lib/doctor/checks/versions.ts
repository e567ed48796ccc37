/** Checks of ETags (RFC 7644 section 3.14). */
import { at } from '../../scim-client/json-value.ts';
import { PATCH_OP, type Resource } from '../../scim-client/scim-messages.ts';
import type { Check } from '../check.ts';
import { type CheckContext, targetOf } from '../check-context.ts';
import { CheckFailed, CheckSkipped } from '../check-outcome.ts';
import { expectPatched, expectStatus, say } from '../expect.ts';

const RFC = 'RFC 7644 section 3.14';

/** @returns the user's ETag. @throws Unable when it has none that is its version */
const tagOf = async ({ read }: CheckContext, user: Resource): Promise<string> => {
  const { headers, json } = await read(user);
  const { etag } = headers;
  if (etag === undefined || at(json, 'meta', 'version') !== etag)
    throw new CheckSkipped('there is no ETag (version.etag)');
  return etag;
};

export const versions: readonly Check[] = [
  {
    id: 'version.etag',
    title: 'a resource has an ETag, which is its meta.version',
    source: `${RFC}; RFC 7643 section 3.1`,
    grade: 'should',
    audience: ['rfc'],
    async run({ makeUser, read }) {
      const seen = await read(await makeUser());
      expectStatus(seen, 200);
      const version = at(seen.json, 'meta', 'version');
      if (seen.headers.etag === undefined) throw new CheckFailed(`no ETag header; meta.version is ${say(version)}`);
      if (version !== seen.headers.etag)
        throw new CheckFailed(`the ETag is ${seen.headers.etag}, meta.version ${say(version)}`);
      return seen.headers.etag;
    },
  },
  {
    id: 'version.moves',
    title: 'a change gives another ETag',
    source: RFC,
    grade: 'should',
    audience: ['rfc'],
    async run(scene) {
      const user = await scene.makeUser();
      const before = await tagOf(scene, user);
      expectPatched(await scene.patch(user, { op: 'replace', path: 'title', value: 'T' }));
      const after = await tagOf(scene, user);
      if (after === before) throw new CheckFailed(`it is ${after} before and after`);
      return `${before}, then ${after}`;
    },
  },
  {
    id: 'version.not-modified',
    title: 'GET with If-None-Match is 304 when nothing changed',
    source: RFC,
    grade: 'should',
    audience: ['rfc'],
    async run(scene) {
      const user = await scene.makeUser();
      const headers = { Accept: 'application/scim+json', 'If-None-Match': await tagOf(scene, user) };
      expectStatus(await scene.ask('GET', targetOf('/Users', user.id), { headers }), 304);
      return '304';
    },
  },
  {
    id: 'version.precondition',
    title: 'PATCH with an If-Match that is out of date is 412',
    source: RFC,
    grade: 'should',
    audience: ['rfc'],
    async run(scene) {
      const user = await scene.makeUser();
      const stale = await tagOf(scene, user);
      expectPatched(await scene.patch(user, { op: 'replace', path: 'title', value: 'T' }));
      const headers = { 'Content-Type': 'application/scim+json', 'If-Match': stale };
      const body = { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'title', value: 'U' }] };
      expectStatus(await scene.ask('PATCH', targetOf('/Users', user.id), { headers, body }), 412);
      return '412';
    },
  },
];
