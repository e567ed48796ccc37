/** Compares the provider's model of the directory with the server's lists. */
import { at, elementsOf } from '../scim-client/json-value.ts';
import { ENTERPRISE, type Resource } from '../scim-client/scim-messages.ts';
import { groupTarget, type Provider } from './provider.ts';
import type { Session } from './session.ts';
import type { KnownGroup, State } from './state.ts';

type Comparison = { readonly session: Session; readonly provider: Provider; readonly state: State };
type Listed = { readonly byId: ReadonlyMap<string, Resource>; readonly differences: readonly string[] };

const PAGE = 100;

const format = (value: unknown): string => (value === undefined ? 'missing' : (JSON.stringify(value) ?? 'missing'));

/** Lists all pages by index (RFC 7644 section 3.4.2.4). A server may return smaller pages than requested. */
const listAll = async (session: Session, endpoint: '/Users' | '/Groups'): Promise<Listed> => {
  const byId = new Map<string, Resource>();
  const differences: string[] = [];
  for (let startIndex = 1; ; ) {
    const page = await session.list('comparison', `${endpoint}?startIndex=${startIndex}&count=${PAGE}`);
    for (const resource of page.Resources) {
      if (byId.has(resource.id)) differences.push(`${endpoint}/${resource.id} is listed twice`);
      byId.set(resource.id, resource);
    }
    startIndex += page.Resources.length;
    if (page.Resources.length === 0 || startIndex > page.totalResults) return { byId, differences };
  }
};

const compareUsers = ({ provider, state }: Comparison, listed: Listed): string[] =>
  [...state.users.values()].flatMap(({ id, person, managerId }) => {
    const resource = listed.byId.get(id);
    if (resource === undefined) return [`user ${person.userName} (${id}) is not listed`];
    const expected = [
      { path: ['userName'], value: person.userName },
      { path: ['active'], value: person.active },
      ...provider.expect(person),
      ...(managerId === undefined ? [] : [{ path: [ENTERPRISE, 'manager', 'value'], value: managerId }]),
    ];
    return expected.flatMap(({ path, value }) => {
      const actual = at(resource, ...path);
      const where = path.join('.');
      return actual === value
        ? []
        : [`user ${person.userName}: ${where} is ${format(actual)}, expected ${format(value)}`];
    });
  });

const memberIdsOf = (group: Resource): Set<string> =>
  new Set(elementsOf(group.members).flatMap((member) => String(at(member, 'value') ?? [])));

const compareGroup = (known: KnownGroup, actual: Resource): string[] => {
  const name = known.group.displayName;
  const ids = memberIdsOf(actual);
  const missing = [...known.memberIds].filter((id) => !ids.has(id));
  const extra = known.mayHoldMore ? [] : [...ids].filter((id) => !known.memberIds.has(id));
  return [
    ...(actual.displayName === name
      ? []
      : [`group ${name}: displayName is ${format(actual.displayName)}, expected ${format(name)}`]),
    ...missing.map((id) => `group ${name}: member ${id} is missing`),
    ...extra.map((id) => `group ${name}: member ${id} is unexpected`),
  ];
};

/** Reads the group if the server omits members from lists. */
const withMembers = async (session: Session, group: Resource, expected: number): Promise<Resource> =>
  group.members === undefined && expected > 0 ? session.read('comparison', groupTarget(group.id)) : group;

const compareGroups = async ({ session, state }: Comparison, listed: Listed): Promise<string[]> => {
  const differences: string[] = [];
  for (const known of state.groups.values()) {
    const actual = listed.byId.get(known.id);
    if (actual === undefined) differences.push(`group ${known.group.displayName} (${known.id}) is not listed`);
    else differences.push(...compareGroup(known, await withMembers(session, actual, known.memberIds.size)));
  }
  return differences;
};

/**
 * @returns one line for each difference
 * @throws StepFailed
 */
export async function compareDirectory(comparison: Comparison): Promise<readonly string[]> {
  const users = await listAll(comparison.session, '/Users');
  const groups = await listAll(comparison.session, '/Groups');
  const stillListed = [...comparison.state.deletedIds].filter((id) => users.byId.has(id) || groups.byId.has(id));
  return [
    ...users.differences,
    ...groups.differences,
    ...compareUsers(comparison, users),
    ...(await compareGroups(comparison, groups)),
    ...stillListed.map((id) => `${id} is still listed after its deletion`),
  ];
}
