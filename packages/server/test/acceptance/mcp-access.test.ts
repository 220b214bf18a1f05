import type { FileView } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { accessCells } from '../../../test-support/src/access/access-table.ts';
import type { Client } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { callTool, connectByHttp } from '../../../test-support/src/mcp/mcp-client.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

const { apiUrl } = inject('service');
let owner: Client;
let callers: Record<string, Client>;

beforeAll(async () => {
  const [tenant, other] = await Promise.all([createTenant(), createTenant()]);
  owner = await tenant.user('alice');
  callers = {
    owner,
    admin: tenant.admin,
    'another user': await tenant.user('carol'),
    'named user': await tenant.user('bob'),
    guest: tenant.guest,
    'another environment': other.admin,
  };
});

describe('every tool of one file answers as its REST call, for', () => {
  const newFile = (visibility: FileView['visibility']) =>
    uploadFile(owner, { visibility, sharedWith: ['bob'], metadata: { custom: { secret: 1 } } });
  /** The last one takes the file away. */
  const calls = [
    ['get_file', 'GET', '', undefined],
    ['create_download_url', 'POST', '/download-url', {}],
    ['image_url', 'POST', '/image-url', {}],
    ['update_file', 'PATCH', '', { originalName: 'new.txt' }],
    ['share_file', 'PUT', '/shares/dora', undefined],
    ['delete_file', 'DELETE', '?trash=true', undefined],
  ] as const;
  /** The names of the fields; their values differ from file to file and from second to second. */
  const shapeOf = (json: object) => Object.keys(json).sort();
  const cells = [
    ...accessCells.map(([visibility, caller]) => [visibility, caller as string] as const),
    ['public', 'another environment'] as const,
  ];

  it.each(cells)('a %s file and %s', async (visibility, name) => {
    const [byRest, byTool] = await Promise.all([newFile(visibility), newFile(visibility)]);
    const caller = callers[name] ?? expect.fail(name);
    const mcp = await connectByHttp(apiUrl, caller.headers);
    for (const [tool, method, path, body] of calls) {
      const answer = await caller.send<FileView>(method, `/v1/files/${byRest.id}${path}`, body);
      const args = { fileId: byTool.id, ...(tool === 'share_file' ? { userId: 'dora' } : body) };
      const { isError, result } = await callTool(mcp, tool, args);
      expect(isError, tool).toBe(answer.status >= 400);
      if (isError) {
        const { error } = answer.json as unknown as { readonly error: { readonly code: string } };
        expect(result.error.code, tool).toBe(error.code);
      } else expect(shapeOf(result), tool).toEqual(shapeOf(answer.json));
    }
  });
});
