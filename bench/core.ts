/** The parts of the core that the benches measure. */
export { createTolerance } from '../lib/scim/dialect.ts';
export { bindFilter } from '../lib/scim/filter/bind-filter.ts';
export { compileFilter } from '../lib/scim/filter/evaluate-filter.ts';
export { parseFilter } from '../lib/scim/filter/parse-filter.ts';
export { createServiceProvider, toRepresentation, userType } from '../lib/scim/index.ts';
export { applyPatch } from '../lib/scim/patch/apply-patch.ts';
export { readPatchRequest } from '../lib/scim/patch/patch-request.ts';
