/** Cursor paging under concurrent writes (RFC 9865): each user present throughout is returned exactly once. */
import { expect, test } from 'vitest';
import { seedDirectory } from '../../bench/scale/seed.ts';
import { user } from '../support/local-run.ts';
import { useStreamlessRun } from '../support/streamless-run.ts';

const { ask, table } = useStreamlessRun(['walked']);
const USERS = 5000;
const PER_PAGE = 100;
const CHANGED = 250;

type Resource = { readonly id: string; readonly userName: string };

/** Reads all pages of a query. @param between called after each page */
const readPages = async (
  query: string,
  count = PER_PAGE,
  between: () => void = () => undefined,
): Promise<Resource[][]> => {
  const pages: Resource[][] = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const { status, json } = await ask('GET', `/Users?${query}&count=${count}&cursor=${cursor}`);
    expect([status, json.itemsPerPage, json.startIndex]).toEqual([200, json.Resources.length, undefined]);
    expect(json.Resources.length).toBeLessThanOrEqual(count);
    pages.push(json.Resources);
    cursor = json.nextCursor;
    between();
  }
  return pages;
};

/** Writes of another client: each call of `next` sends a few more deletions and creations. */
const createChurn = (ids: readonly string[]) => {
  const deleted = ids.slice(0, CHANGED);
  const answers: Promise<number>[] = [];
  const statusOf = async (answer: ReturnType<typeof ask>) => (await answer).status;
  const step = CHANGED / (USERS / PER_PAGE);
  const next = () => {
    for (let i = 0; i < step && answers.length < 2 * CHANGED; i++) {
      const number = answers.length / 2;
      answers.push(statusOf(ask('DELETE', `/Users/${deleted[number]}`)));
      answers.push(statusOf(ask('POST', '/Users', { body: user(`USER-${number * 19}-new`) })));
    }
  };
  return { deleted, next, answers };
};

const isSorted = (names: readonly string[]) => names.every((name, i) => i === 0 || (names[i - 1] ?? '') <= name);

test('5,000 users while another client deletes 250 and creates 250: every survivor is returned exactly once', async () => {
  const seeded = await seedDirectory(table(), { directory: 'walked', users: USERS, members: 0, progress: () => {} });
  const ids = [...seeded.userIds];
  // An order that none of the three queries uses.
  const churn = createChurn(ids.toSorted((a, b) => (a.slice(4, 8) < b.slice(4, 8) ? -1 : 1)));
  const [byId, byName, filtered] = await Promise.all([
    readPages('attributes=userName', PER_PAGE, churn.next),
    readPages('attributes=userName&sortBy=userName&sortOrder=descending', 200),
    readPages('attributes=userName&filter=active%20eq%20true&sortBy=meta.created', 200),
  ]);
  while (churn.answers.length < 2 * CHANGED) churn.next(); // if paging ended early
  const statuses = await Promise.all(churn.answers);
  expect(statuses.filter((status) => status === 204)).toHaveLength(CHANGED);
  expect(statuses.filter((status) => status === 201)).toHaveLength(CHANGED);

  const survivors = ids.filter((id) => !churn.deleted.includes(id)).sort();
  for (const pages of [byId, byName, filtered]) {
    const returnedIds = pages.flat().map(({ id }) => id);
    expect(new Set(returnedIds).size, 'no duplicates').toBe(returnedIds.length);
    const returned = new Set(returnedIds);
    expect(survivors.filter((id) => !returned.has(id))).toEqual([]);
    expect(pages.filter((page) => page.length === 0)).toEqual([]);
  }
  expect(byId.length).toBeGreaterThanOrEqual((USERS - CHANGED) / PER_PAGE);
  expect(isSorted(byId.flat().map(({ id }) => id))).toBe(true);
  const names = byName.flat().map(({ userName }) => userName.toLowerCase());
  expect(isSorted(names.toReversed())).toBe(true);

  const { json } = await ask('GET', '/Users?cursor&count=1');
  expect(json.totalResults).toBe(USERS);
});
