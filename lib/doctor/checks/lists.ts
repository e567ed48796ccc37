/** Checks of paging and of attribute selection (RFC 7644 sections 3.4.2.4, 3.4.2.5). */
import { at } from '../../scim-client/json-value.ts';
import type { Check } from '../check.ts';
import { CheckFailed } from '../check-outcome.ts';
import { expectList, expectStatus, expectUnassigned, expectValue } from '../expect.ts';

const RFC = 'RFC 7644 section 3.4.2.4';

export const lists: readonly Check[] = [
  {
    id: 'list.shape',
    title: 'startIndex, itemsPerPage and totalResults are there, and right',
    source: `${RFC}; Okta SPEC test 01`,
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, makeUser }) {
      await makeUser();
      const seen = await ask('GET', '/Users?startIndex=1&count=1');
      const { totalResults, Resources } = expectList(seen);
      expectValue(seen, ['startIndex'], 1);
      expectValue(seen, ['itemsPerPage'], 1);
      if (Resources.length !== 1 || totalResults < 1)
        throw new CheckFailed(`${Resources.length} resources of ${totalResults}`);
      return `1 of ${totalResults}`;
    },
  },
  {
    id: 'list.pages',
    title: 'pages by index overlap in nobody',
    source: `${RFC}; Okta, import`,
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, makeUser }) {
      for (let i = 0; i < 3; i++) await makeUser();
      const ids: string[] = [];
      for (const startIndex of [1, 2, 3]) {
        const { Resources } = expectList(await ask('GET', `/Users?startIndex=${startIndex}&count=1`));
        ids.push(...Resources.map(({ id }) => id));
      }
      const different = new Set(ids).size;
      if (ids.length !== 3 || different !== 3)
        throw new CheckFailed(`three pages of one user gave ${ids.length} users, ${different} of them different`);
      return 'three pages, three users';
    },
  },
  {
    id: 'list.count-zero',
    title: 'count=0 gives the total alone',
    source: 'RFC 7644 section 3.4.2.4',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, makeUser }) {
      await makeUser();
      const { totalResults, Resources } = expectList(await ask('GET', '/Users?count=0'));
      if (Resources.length > 0 || totalResults < 1)
        throw new CheckFailed(`${Resources.length} resources, totalResults ${totalResults}`);
      return `totalResults ${totalResults}`;
    },
  },
  {
    id: 'list.start-index-zero',
    title: 'a startIndex below 1 means 1',
    source: 'RFC 7644 section 3.4.2.4; Entra inbound sends 0',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, makeUser }) {
      await makeUser();
      const seen = await ask('GET', '/Users?startIndex=0&count=1');
      expectList(seen);
      expectValue(seen, ['startIndex'], 1);
      return 'startIndex 1';
    },
  },
  {
    id: 'list.attributes',
    title: 'attributes= returns those, and id',
    source: 'RFC 7644 section 3.4.2.5',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, makeUser }) {
      const { id, userName } = await makeUser({ title: 'T', displayName: 'D' });
      const filter = encodeURIComponent(`userName eq ${JSON.stringify(userName)}`);
      const seen = await ask('GET', `/Users?filter=${filter}&attributes=title`);
      expectStatus(seen, 200);
      expectValue(seen, ['Resources', 0, 'id'], id);
      expectValue(seen, ['Resources', 0, 'title'], 'T');
      expectUnassigned(seen, ['Resources', 0, 'displayName']);
      return Object.keys(Object(at(seen.json, 'Resources', 0))).join(', ');
    },
  },
  {
    id: 'list.excluded-attributes',
    title: 'excludedAttributes= leaves those out',
    source: 'RFC 7644 section 3.4.2.5',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, makeUser }) {
      const { id } = await makeUser({ title: 'T', displayName: 'D' });
      const seen = await ask('GET', `/Users/${encodeURIComponent(id)}?excludedAttributes=title`);
      expectUnassigned(seen, ['title']);
      expectValue(seen, ['displayName'], 'D');
      return 'left out';
    },
  },
];
