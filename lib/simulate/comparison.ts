/** The provider's model of the directory against what the server lists. */
import { at, elementsOf } from '../scim-client/json-value.ts';
import { ENTERPRISE, type Resource } from '../scim-client/scim-messages.ts';
import { groupTarget, type Provider } from './provider.ts';
import type { Session } from './session.ts';
import type { HeldGroup, State } from './state.ts';

type Compared = { readonly conversation: Session; readonly provider: Provider; readonly ledger: State };
type Listed = { readonly byId: ReadonlyMap<string, Resource>; readonly differences: readonly string[] };

const PAGE = 100;

const say = (value: unknown): string => (value === undefined ? 'nothing' : (JSON.stringify(value) ?? 'nothing'));

/** Every page, by index (RFC 7644 section 3.4.2.4). A server may give smaller pages than it is asked for. */
const listAll = async (conversation: Session, endpoint: '/Users' | '/Groups'): Promise<Listed> => {
  const byId = new Map<string, Resource>();
  const differences: string[] = [];
  for (let startIndex = 1; ; ) {
    const page = await conversation.list('comparison', `${endpoint}?startIndex=${startIndex}&count=${PAGE}`);
    for (const resource of page.Resources) {
      if (byId.has(resource.id)) differences.push(`${endpoint}/${resource.id} is listed twice`);
      byId.set(resource.id, resource);
    }
    startIndex += page.Resources.length;
    if (page.Resources.length === 0 || startIndex > page.totalResults) return { byId, differences };
  }
};

const compareUsers = ({ provider, ledger }: Compared, listed: Listed): string[] =>
  [...ledger.users.values()].flatMap(({ id, person, managerId }) => {
    const resource = listed.byId.get(id);
    if (resource === undefined) return [`user ${person.userName} (${id}) is not listed`];
    const expected = [
      { path: ['userName'], value: person.userName },
      { path: ['active'], value: person.active },
      ...provider.expect(person),
      ...(managerId === undefined ? [] : [{ path: [ENTERPRISE, 'manager', 'value'], value: managerId }]),
    ];
    return expected.flatMap(({ path, value }) => {
      const there = at(resource, ...path);
      const where = path.join('.');
      return there === value ? [] : [`user ${person.userName}: ${where} is ${say(there)} in place of ${say(value)}`];
    });
  });

const memberIdsOf = (group: Resource): Set<string> =>
  new Set(elementsOf(group.members).flatMap((member) => String(at(member, 'value') ?? [])));

const compareGroup = (held: HeldGroup, there: Resource): string[] => {
  const name = held.group.displayName;
  const ids = memberIdsOf(there);
  const missing = [...held.memberIds].filter((id) => !ids.has(id));
  const extra = held.mayHoldMore ? [] : [...ids].filter((id) => !held.memberIds.has(id));
  return [
    ...(there.displayName === name ? [] : [`group ${name}: displayName is ${say(there.displayName)}`]),
    ...missing.map((id) => `group ${name}: lacks the member ${id}`),
    ...extra.map((id) => `group ${name}: has the member ${id}, who is none`),
  ];
};

/** A server may leave members out of listings. */
const withMembers = async (conversation: Session, group: Resource, expected: number): Promise<Resource> =>
  group.members === undefined && expected > 0 ? conversation.read('comparison', groupTarget(group.id)) : group;

const compareGroups = async ({ conversation, ledger }: Compared, listed: Listed): Promise<string[]> => {
  const differences: string[] = [];
  for (const held of ledger.groups.values()) {
    const there = listed.byId.get(held.id);
    if (there === undefined) differences.push(`group ${held.group.displayName} (${held.id}) is not listed`);
    else differences.push(...compareGroup(held, await withMembers(conversation, there, held.memberIds.size)));
  }
  return differences;
};

/** @returns a sentence for each difference. @throws StepFailed */
export async function compareDirectory(compared: Compared): Promise<readonly string[]> {
  const users = await listAll(compared.conversation, '/Users');
  const groups = await listAll(compared.conversation, '/Groups');
  const undead = [...compared.ledger.gone].filter((id) => users.byId.has(id) || groups.byId.has(id));
  return [
    ...users.differences,
    ...groups.differences,
    ...compareUsers(compared, users),
    ...(await compareGroups(compared, groups)),
    ...undead.map((id) => `${id} was deleted and is listed`),
  ];
}
