/** One event of the story, played by the provider; the ledger learns of it once the server has answered. */

import type { Group, Person } from './person.ts';
import type { Provider } from './provider.ts';
import type { Event, GroupEvent, MembersEvent, RenameEvent, UserEvent } from './scenario.ts';
import type { Session } from './session.ts';
import { forgetUser, membersOf, type State } from './state.ts';

type EventContext = { readonly provider: Provider; readonly conversation: Session; readonly ledger: State };

const manage = async (
  stage: EventContext,
  { person, manager }: Extract<Event, { kind: 'manage' }>,
): Promise<boolean> => {
  const { provider, conversation, ledger } = stage;
  const user = ledger.users.get(person.key);
  const chief = ledger.users.get(manager);
  if (user === undefined || chief === undefined || provider.setManager === undefined) return false;
  await provider.setManager(conversation, { id: user.id, person }, chief.id);
  ledger.users.set(person.key, { ...user, managerId: chief.id });
  return true;
};

const assign = async ({ provider, conversation, ledger }: EventContext, person: Person): Promise<boolean> => {
  ledger.users.set(person.key, { id: await provider.assign(conversation, person), person });
  return true;
};

const change = async (stage: EventContext, person: Person, step: 'update' | 'setActive'): Promise<boolean> => {
  const { provider, conversation, ledger } = stage;
  const user = ledger.users.get(person.key);
  if (user === undefined) return false;
  await provider[step](conversation, { id: user.id, person }, user.person);
  ledger.users.set(person.key, { ...user, person });
  return true;
};

const purge = async ({ provider, conversation, ledger }: EventContext, { key }: Person): Promise<boolean> => {
  const user = ledger.users.get(key);
  if (user === undefined) return false;
  await provider.purge?.(conversation, user.id);
  forgetUser(ledger, key);
  return true;
};

const runUserEvent = (stage: EventContext, event: UserEvent): Promise<boolean> => {
  switch (event.kind) {
    case 'assign':
      return assign(stage, event.person);
    case 'manage':
      return manage(stage, event);
    case 'update':
      return change(stage, event.person, 'update');
    case 'deactivate':
    case 'reactivate':
      return change(stage, event.person, 'setActive');
    case 'purge':
      return purge(stage, event.person);
  }
};

const push = async ({ provider, conversation, ledger }: EventContext, group: Group): Promise<boolean> => {
  const members = membersOf(ledger, group.members);
  const pushed = await provider.push(conversation, group, members);
  ledger.groups.set(group.key, { ...pushed, group, memberIds: new Set(members.map(({ id }) => id)) });
  return true;
};

const dissolve = async ({ provider, conversation, ledger }: EventContext, { key }: Group): Promise<boolean> => {
  const held = ledger.groups.get(key);
  if (held === undefined) return false;
  await provider.dissolve?.(conversation, held.id);
  ledger.groups.delete(key);
  ledger.gone.add(held.id);
  return true;
};

const changeGroup = async (stage: EventContext, event: RenameEvent | MembersEvent) => {
  const { provider, conversation, ledger } = stage;
  const held = ledger.groups.get(event.group.key);
  if (held === undefined) return false;
  const members = membersOf(ledger, event.group.members);
  const account = { id: held.id, group: event.group, members };
  if (event.kind === 'rename') await provider.rename?.(conversation, account);
  else {
    const [added, removed] = [membersOf(ledger, event.added), membersOf(ledger, event.removed)];
    await provider.changeMembers(conversation, account, { added, removed });
  }
  ledger.groups.set(held.group.key, { ...held, group: event.group, memberIds: new Set(members.map(({ id }) => id)) });
  return true;
};

const runGroupEvent = (stage: EventContext, event: GroupEvent): Promise<boolean> => {
  switch (event.kind) {
    case 'push':
      return push(stage, event.group);
    case 'rename':
    case 'members':
      return changeGroup(stage, event);
    case 'dissolve':
      return dissolve(stage, event.group);
  }
};

/**
 * @returns whether there was something to do it to: not when an earlier event of the person or group failed
 * @throws StepFailed
 */
export const runEvent = (stage: EventContext, event: Event): Promise<boolean> =>
  'group' in event ? runGroupEvent(stage, event) : runUserEvent(stage, event);
