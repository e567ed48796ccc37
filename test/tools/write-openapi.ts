/** `npm run openapi`: generates docs/openapi.json from the schemas of the admin API. */
import { writeFileSync } from 'node:fs';
import { createOpenApi } from '../../lib/admin/openapi.ts';

writeFileSync(new URL('../../docs/openapi.json', import.meta.url), `${JSON.stringify(createOpenApi(), null, 2)}\n`);
