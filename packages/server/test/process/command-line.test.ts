import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../test-support/src/process/run-command.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-command-'));
});
afterAll(() => rm(directory, { recursive: true }));

const run = (argv: readonly string[], env: Record<string, string> = {}) =>
  runCommand(argv, { PATH: process.env.PATH, BKEND_DATA_DIR: directory, ...env });

const commands = [
  ...['serve', 'projects', 'environments', 'keys', 'token', 'jobs', 'store', 'console', 'completion'],
  ...[
    'login',
    'put',
    'get',
    'sync',
    'ls',
    'stat',
    'find',
    'tree',
    'du',
    'usage',
    'rm',
    'restore',
    'trash',
    'mv',
    'share',
    'url',
    'image-url',
    'doctor',
  ],
];

describe('the command line', () => {
  it('shows its help', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toContain(`\n  ${command} `);
  });

  it.each(commands)('shows the help of %s, with an example', async (command) => {
    const { code, stdout } = await run([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: bkend-storage ${command} `));
    expect(stdout).toMatch(new RegExp(`\nExample:\n  .*bkend-storage ${command}`));
  });

  it('shows its version', async () => {
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it.each<[string, readonly string[], RegExp]>([
    ['no command', [], /Usage:/],
    ['an unknown command', ['start'], /Unknown command 'start'/],
    ['an unknown option', ['serve', '--port', '1'], /--port/],
    ['a misspelt command', ['toke'], /Did you mean token\?/],
    ['a misspelt option', ['ls', '--serach', 'x'], /Did you mean --search\?/],
    ['an argument too many', ['usage', 'please'], /Too many arguments/],
    ['an unknown role', ['serve', '--only', 'cron'], /--only <role>.* database, objects/],
    ['a missing option', ['token'], /--user/],
    ['a missing type', ['keys', 'create'], /--type publishable/],
    [
      'an unknown subcommand',
      ['keys', 'burn'],
      /Unknown command 'burn'[\s\S]*create[\s\S]*list[\s\S]*revoke/,
    ],
    ['an unknown job', ['jobs', 'run', 'tidy'], /reconcile/],
  ])('ends with 2 at %s', async (_, argv, message) => {
    const { code, stdout, stderr } = await run(argv);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('ends with 2 and one message that names every wrong setting', async () => {
    const { code, stderr } = await run(['serve'], { BKEND_API_PORT: 'x', S3_ENDPOINT: 'y', JWT_SECRET: 'z' });
    expect(code).toBe(2);
    for (const variable of ['BKEND_API_PORT', 'S3_ENDPOINT', 'S3_BUCKET', 'JWT_SECRET']) {
      expect(stderr).toContain(`  ${variable}: `);
    }
  });

  it('ends with 2 when the settings have no such role', async () => {
    const env = { DATABASE_URL: 'postgres://u:p@127.0.0.1:1/files', S3_BUCKET: 'photos' };
    expect(await run(['serve', '--only', 'database'], env)).toMatchObject({ code: 2 });
    expect(await run(['serve', '--only', 'objects'], env)).toMatchObject({ code: 2 });
  });

  it('creates and revokes keys while the service does not run', async () => {
    const { stdout } = await run(['keys', 'create', '--type', 'secret', '--json']);
    const { id, key, type } = JSON.parse(stdout);
    expect({ key, type }).toEqual({ key: expect.stringMatching(/^sk_[0-9a-f]{64}$/), type: 'secret' });
    expect(await run(['keys', 'revoke', id])).toMatchObject({ code: 0, stdout: `Revoked ${id}.\n` });
    expect((await run(['keys', 'list'])).stdout).toContain('revoked');
  });

  it('does not run a job without the service', async () => {
    const { code, stderr } = await run(['jobs', 'run', 'purge']);
    expect(code).toBe(1);
    expect(stderr).toContain('start it with "bkend-storage serve"');
  });

  it('signs tokens with the secret of a service on another machine, without a database', async () => {
    const env = { BKEND_DATA_DIR: join(directory, 'elsewhere'), JWT_SECRET: 'x'.repeat(32) };
    const claimsOf = async (...options: string[]) => {
      const { stdout } = await run(['token', '--user', 'alice', ...options], env);
      return JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString());
    };
    expect(await claimsOf()).not.toHaveProperty('environment');
    expect(await claimsOf('--project', 'shop', '--env', 'prod')).toMatchObject({ environment: 'shop/prod' });
    await expect(readdir(join(directory, 'elsewhere'))).rejects.toThrow(/ENOENT/);
  });

  it('signs tokens before the first start of the service', async () => {
    const { code, stdout } = await run(['token', '--user', 'alice', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).accessToken).toMatch(/^eyJ/);
  });
});
