/** Which route of the table a path belongs to, as API Gateway REST chooses: the most specific resource wins. */
import { type Route, routes } from '../../lambda/routes.ts';

const GREEDY = '{proxy+}';

export type RouteMatch = {
  readonly route: Route;
  /** What `{proxy+}` stands for, as it was sent. */
  readonly proxy: string | undefined;
};

const compiled = routes.map((route) => {
  const parts = route.path.split('/').filter((part) => part !== '');
  const greedy = parts.at(-1) === GREEDY;
  return { route, greedy, literals: greedy ? parts.slice(0, -1) : parts };
});
// The longest literal beginning is the most specific; of two as long, the one without `{proxy+}`.
compiled.sort((a, b) => b.literals.length - a.literals.length || Number(a.greedy) - Number(b.greedy));

/**
 * @param path below the stage, beginning with a slash; percent-encoded as it was sent. A trailing slash belongs to the
 * resource before it; a doubled one is an empty segment, which no literal matches.
 */
export function matchRoute(path: string): RouteMatch | undefined {
  const segments = path.slice(1).split('/');
  for (const { route, greedy, literals } of compiled) {
    if (!literals.every((literal, i) => segments[i] === literal)) continue;
    const proxy = segments.slice(literals.length).join('/');
    const ends = proxy === '';
    if (ends !== greedy) return { route, proxy: greedy ? proxy : undefined };
  }
  return undefined;
}
