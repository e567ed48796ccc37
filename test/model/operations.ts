/** What the clients do, and how often. */
import type { Random } from '../fuzz/random.ts';
import * as contended from './contended-operations.ts';
import * as groups from './group-operations.ts';
import type { ModelClient } from './model-client.ts';
import * as reads from './read-operations.ts';
import * as strangers from './stranger-operations.ts';
import * as users from './user-operations.ts';
import type { Directory, World } from './world.ts';

type Operation = (world: World, directory: Directory, client: ModelClient) => Promise<unknown>;

/** Weights, not in parts of anything. */
const MIX: readonly (readonly [number, Operation])[] = [
  [10, (world, directory, client) => users.makeUser(world, directory, client)],
  [10, users.renameUser],
  [6, users.switchUser],
  [4, users.replaceUser],
  [3, users.moveAddresses],
  [5, users.deleteUser],
  [4, groups.makeSmallGroup],
  [3, groups.makeLargeGroup],
  [4, groups.renameGroup],
  [10, groups.patchFew],
  [4, groups.patchMany],
  [2, groups.replaceFew],
  [1, groups.replaceMany],
  [2, groups.putWithoutMembers],
  [2, groups.putFew],
  [2, groups.putMany],
  [4, groups.deleteGroup],
  [6, contended.contendForGroup],
  [3, contended.contendForUser],
  [1, strangers.addStranger],
  [2, strangers.askForStranger],
  [1, strangers.findByStranger],
  [6, reads.readSome],
  [4, reads.lookAgain],
  [7, reads.findSome],
  [2, reads.findInactive],
  [5, reads.walkSome],
  [1, reads.countSome],
];

const TOTAL = MIX.reduce((sum, [weight]) => sum + weight, 0);

export const pickOperation = (random: Random): Operation => {
  let left = random.below(TOTAL);
  const found = MIX.find(([weight]) => {
    left -= weight;
    return left < 0;
  });
  return found?.[1] ?? users.renameUser;
};

/** Most happens in the large directory. */
export const pickDirectory = ({ directories, main }: World, random: Random): Directory =>
  random.below(10) < 8 ? main : random.pick(directories);
