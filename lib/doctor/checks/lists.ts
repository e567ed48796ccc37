/** Checks of paging and attribute selection (RFC 7644 sections 3.4.2.4, 3.4.2.5). */
import { at } from '../../scim-client/json-value.ts';
import type { Check } from '../check.ts';
import { CheckFailed } from '../check-outcome.ts';
import { expectList, expectStatus, expectUnassigned, expectValue } from '../expect.ts';

const RFC = 'RFC 7644 section 3.4.2.4';

export const lists: readonly Check[] = [
  {
    id: 'list.shape',
    title: 'startIndex, itemsPerPage and totalResults are correct',
    source: `${RFC}; Okta SPEC test 01`,
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, createUser }) {
      await createUser();
      const response = await ask('GET', '/Users?startIndex=1&count=1');
      const { totalResults, Resources } = expectList(response);
      expectValue(response, ['startIndex'], 1);
      expectValue(response, ['itemsPerPage'], 1);
      if (Resources.length !== 1 || totalResults < 1)
        throw new CheckFailed(`${Resources.length} resources of ${totalResults}`);
      return `1 of ${totalResults}`;
    },
  },
  {
    id: 'list.pages',
    title: 'pages by startIndex do not overlap',
    source: `${RFC}; Okta, import`,
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, createUser }) {
      for (let i = 0; i < 3; i++) await createUser();
      const ids: string[] = [];
      for (const startIndex of [1, 2, 3]) {
        const { Resources } = expectList(await ask('GET', `/Users?startIndex=${startIndex}&count=1`));
        ids.push(...Resources.map(({ id }) => id));
      }
      const different = new Set(ids).size;
      if (ids.length !== 3 || different !== 3)
        throw new CheckFailed(`three pages of one user returned ${ids.length} users, ${different} of them distinct`);
      return 'three pages, three users';
    },
  },
  {
    id: 'list.count-zero',
    title: 'count=0 returns only the total',
    source: 'RFC 7644 section 3.4.2.4',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, createUser }) {
      await createUser();
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
    async run({ ask, createUser }) {
      await createUser();
      const response = await ask('GET', '/Users?startIndex=0&count=1');
      expectList(response);
      expectValue(response, ['startIndex'], 1);
      return 'startIndex 1';
    },
  },
  {
    id: 'list.attributes',
    title: 'attributes= returns only those and id',
    source: 'RFC 7644 section 3.4.2.5',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, createUser }) {
      const { id, userName } = await createUser({ title: 'T', displayName: 'D' });
      const filter = encodeURIComponent(`userName eq ${JSON.stringify(userName)}`);
      const response = await ask('GET', `/Users?filter=${filter}&attributes=title`);
      expectStatus(response, 200);
      expectValue(response, ['Resources', 0, 'id'], id);
      expectValue(response, ['Resources', 0, 'title'], 'T');
      expectUnassigned(response, ['Resources', 0, 'displayName']);
      return Object.keys(Object(at(response.json, 'Resources', 0))).join(', ');
    },
  },
  {
    id: 'list.excluded-attributes',
    title: 'excludedAttributes= omits those',
    source: 'RFC 7644 section 3.4.2.5',
    grade: 'must',
    audience: ['rfc'],
    async run({ ask, createUser }) {
      const { id } = await createUser({ title: 'T', displayName: 'D' });
      const response = await ask('GET', `/Users/${encodeURIComponent(id)}?excludedAttributes=title`);
      expectUnassigned(response, ['title']);
      expectValue(response, ['displayName'], 'D');
      return 'omitted';
    },
  },
];
