import type { FileView } from '@bkend/storage-contract';
import type { Client as McpClient } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import {
  callTool,
  connectByHttp,
  connectByStdio,
  revisions,
  toolsOf,
} from '../../../test-support/src/mcp/mcp-client.ts';
import { runCommand } from '../../../test-support/src/process/run-command.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const { apiUrl } = inject('service');
let tenant: Tenant;
let owner: Client;
let mcp: McpClient;
let guest: McpClient;

const envOf = ({ headers }: Client) => ({
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  BKEND_API_URL: apiUrl,
  BKEND_API_KEY: headers['X-API-Key'] ?? '',
  BKEND_ACCESS_TOKEN: headers.Authorization?.replace('Bearer ', '') ?? '',
});

beforeAll(async () => {
  tenant = await createTenant();
  owner = await tenant.user('alice');
  [mcp, guest] = await Promise.all([
    connectByStdio(envOf(owner), revisions[0]),
    connectByStdio(envOf(tenant.guest), revisions[1]),
  ]);
});
afterAll(() => Promise.all([mcp.close(), guest.close()]));

describe('bkend-storage mcp', () => {
  it('has the tools of the service, and two that move texts for callers with the right', async () => {
    for (const [client, caller, own] of [
      [mcp, owner, ['read_text_file', 'upload_text_file']],
      [guest, tenant.guest, ['read_text_file']],
    ] as const) {
      const served = await toolsOf(await connectByHttp(apiUrl, caller.headers));
      expect(await toolsOf(client)).toEqual([...served, ...own]);
    }
  });

  it('answers tools and resources as the service does, with its codes', async () => {
    const { id } = await uploadFile(owner);
    expect((await callTool(mcp, 'get_file', { fileId: id })).result.id).toBe(id);
    expect((await callTool(guest, 'get_file', { fileId: id })).result.error.code).toBe('file/access-denied');
    expect((await mcp.listResources()).resources.map(({ uri }) => uri)).toContain(`file://${id}`);
    await expect(guest.readResource({ uri: `file://${id}` })).rejects.toMatchObject({
      data: { code: 'file/access-denied' },
    });
  });

  it('uploads a text as the caller’s file, and reads it', async () => {
    const text = 'first line\nsecond \u202e line, 두 번째';
    const { result } = await callTool(mcp, 'upload_text_file', { filename: 'notes.txt', text, folder: 'ai' });
    const file = await owner.ask<FileView>('GET', `/v1/files/${result.id}`);
    expect(file).toMatchObject({ originalName: 'notes.txt', folder: 'ai', ownerId: 'alice' });
    const read = await callTool(mcp, 'read_text_file', { fileId: file.id });
    expect(read.result).toEqual({
      filename: 'notes.txt',
      contentType: 'text/plain; charset=utf-8',
      size: Buffer.byteLength(text),
      text: text.replace('\u202e', '\\u{202e}'),
    });
    expect((await callTool(guest, 'read_text_file', { fileId: file.id })).result.error.code).toBe(
      'file/access-denied',
    );
  });

  it('cuts a long text with words, within a character never', async () => {
    const bytes = new TextEncoder().encode(`${'a'.repeat(65_535)}한글`);
    const { id } = await uploadFile(owner, { bytes });
    const { result } = await callTool(mcp, 'read_text_file', { fileId: id });
    expect(result.text === 'a'.repeat(65_535)).toBe(true);
    expect(result.cut).toContain('of 65541 bytes');
  });

  it.each([
    [
      'bytes that are no text',
      async () => [
        'read_text_file',
        { fileId: (await uploadFile(owner, { bytes: new Uint8Array([0xff, 0, 1]) })).id },
      ],
      'file/invalid-format',
    ],
    [
      'a text over 64 KiB',
      async () => ['upload_text_file', { filename: 'a.txt', text: 'x'.repeat(65_537) }],
      'file/file-too-large',
    ],
    ['a text without a name', async () => ['upload_text_file', { text: 'x' }], 'common/invalid-parameters'],
    [
      'an argument of no tool',
      async () => ['upload_text_file', { text: 'x', filename: 'a', owner: 'bob' }],
      'common/invalid-parameters',
    ],
    [
      'what the API refuses',
      async () => ['upload_text_file', { text: 'x', filename: 'a/b' }],
      'file/invalid-name',
    ],
  ] as const)('refuses %s', async (_, call, code) => {
    const [name, args] = (await call()) as [string, object];
    const { isError, result } = await callTool(mcp, name, args);
    expect([isError, result.error.code]).toEqual([true, code]);
  });

  it('refuses an upload by a guest', async () => {
    const { isError, result } = await callTool(guest, 'upload_text_file', { filename: 'a.txt', text: 'x' });
    expect([isError, result.error.code]).toEqual([true, 'common/authentication-required']);
  });

  it('tells a wrong key and a service that does not answer in words', async () => {
    const wrong = await connectByStdio({ ...envOf(owner), BKEND_API_KEY: `pk_${'0'.repeat(64)}` });
    await expect(toolsOf(wrong)).rejects.toMatchObject({ data: { code: 'auth/invalid-api-key' } });
    await wrong.close();
    const away = await connectByStdio({ ...envOf(owner), BKEND_API_URL: 'http://127.0.0.1:9' });
    await expect(toolsOf(away)).rejects.toThrow(
      'common/unavailable: The service at http://127.0.0.1:9 does not answer',
    );
    await away.close();
  });

  it('ends with its input, and without a login says how to log in', async () => {
    expect(await runCommand(['mcp'], envOf(owner))).toEqual({ code: 0, stdout: '', stderr: '' });
    const { code, stdout, stderr } = await runCommand(['mcp'], {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
    });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('bkend-storage login');
  });
});
