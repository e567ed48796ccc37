/** Judges a history after all its requests have ended. */
import type { History } from './history.ts';
import { judgeLists } from './judge-lists.ts';
import { judgeMemberships } from './judge-memberships.ts';
import { judgeNames } from './judge-names.ts';
import { judgeRefusals } from './judge-refusals.ts';
import { judgeResources } from './judge-resources.ts';
import { judgeVersions } from './judge-versions.ts';
import { acceptObserved, livesOf } from './lives.ts';

/** Judges each observation once, and then discards it. @returns the findings, one line each */
export const judge = (history: History): string[] => {
  const unexplained = history.observations.observed.flatMap((observed) => acceptObserved(history, observed) ?? []);
  const lives = livesOf(history);
  const findings = [
    ...history.findings,
    ...unexplained,
    ...judgeResources(history, lives),
    ...judgeVersions(history),
    ...judgeMemberships(history, lives),
    ...judgeLists(history, lives),
    ...judgeNames(history, lives),
    ...judgeRefusals(history, lives),
  ];
  history.forget();
  return [...new Set(findings)];
};
