/** The handlers of directories, tokens and resources: the admin API without import, export and events. */
import type { Admin } from './admin.ts';
import { notFound } from './admin-error.ts';
import type {
  DeletionAnswer,
  DirectoryAnswer,
  NewTokenAnswer,
  RotationAnswer,
  TokenView,
} from './directory-messages.ts';
import type { operations } from './operations.ts';
import type { ReadResources } from './resources.ts';
import type { Call, Handlers, Result } from './router.ts';

const directoryHandlers = (admin: Admin) => {
  const answer = (
    status: number,
    found: Awaited<ReturnType<Admin['readDirectory']>>,
    { request }: Pick<Call, 'request'>,
  ): Result => ({
    status,
    body: { ...found, baseUrl: request.baseUrl } satisfies DirectoryAnswer,
  });
  return {
    listDirectories: async ({ request }) => ({
      status: 200,
      body: await admin.listDirectories(request.query.get('after')),
    }),
    createDirectory: async (call) => answer(201, await admin.createDirectory(call.body, call.by), call),
    readDirectory: async (call) => answer(200, await admin.readDirectory(call.directory), call),
    changeDirectory: async (call) => answer(200, await admin.changeDirectory(call.directory, call.body, call.by), call),
    pauseDirectory: async (call) => answer(200, await admin.pauseDirectory(call.directory, call.by), call),
    resumeDirectory: async (call) => answer(200, await admin.resumeDirectory(call.directory, call.by), call),
    async deleteDirectory({ directory, by, request }) {
      const outcome = await admin.deleteDirectory(directory, by, request.query.get('createdAt'));
      if (outcome === 'deleted') return { status: 204 };
      const body: DeletionAnswer = { id: directory, status: 'deleting', ...outcome };
      return { status: 202, headers: { 'Retry-After': String(outcome.waitSeconds) }, body };
    },
  } satisfies Partial<Handlers<typeof operations>>;
};

const tokenHandlers = (admin: Admin) => {
  type View = Omit<TokenView, 'scopes'> & { readonly scopes: readonly TokenView['scopes'][number][] };
  const view = ({ scopes, ...token }: View): TokenView => ({ ...token, scopes: [...scopes] });
  return {
    listTokens: async ({ directory, request: { query } }) => ({
      status: 200,
      body: { tokens: await admin.listTokens(directory, query.get('ended') === 'true') },
    }),
    async createToken({ directory, body, request: { baseUrl } }) {
      const created = await admin.createToken(directory, body);
      return { status: 201, body: { ...view(created), token: created.token, baseUrl } satisfies NewTokenAnswer };
    },
    async rotateToken({ directory, name, body, request: { baseUrl } }) {
      const { created, replaced } = await admin.rotateToken(directory, name, body);
      const answer: RotationAnswer = { ...view(created), token: created.token, replaced: view(replaced), baseUrl };
      return { status: 201, body: answer };
    },
    async revokeToken({ directory, name }) {
      await admin.revokeToken(directory, name);
      return { status: 204 };
    },
  } satisfies Partial<Handlers<typeof operations>>;
};

const resourceHandlers = (admin: Admin, readResources: ReadResources) => {
  const read = async ({ directory: id, request }: Call, path: readonly string[]): Promise<Result> => {
    const directory = await admin.readDirectory(id);
    if (directory.status === 'deleting') throw notFound(`There is no directory ${id}.`);
    const { query, baseUrl, requestId } = request;
    const { status, headers, body } = await readResources({ directory, path, query, baseUrl, requestId });
    return { status, headers: { ...headers, 'Content-Type': 'application/scim+json' }, body };
  };
  return {
    listUsers: (call) => read(call, ['Users']),
    readUser: (call) => read(call, ['Users', call.name]),
    listGroups: (call) => read(call, ['Groups']),
    readGroup: (call) => read(call, ['Groups', call.name]),
  } satisfies Partial<Handlers<typeof operations>>;
};

export const createAdminHandlers = (admin: Admin, readResources: ReadResources): Handlers<typeof operations> => ({
  ...directoryHandlers(admin),
  ...tokenHandlers(admin),
  ...resourceHandlers(admin, readResources),
});
