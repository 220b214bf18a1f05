import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from './config.ts';
import type { Env } from './env.ts';
import { publicHosts, roles } from './role-table.ts';
import { ConfigError } from './settings.ts';

function problemsOf(env: Env) {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('parseConfig', () => {
  it('has a default for every setting', () => {
    expect(parseConfig({})).toMatchObject({
      dataDir: resolve('data'),
      logLevel: 'info',
      api: { host: '127.0.0.1', port: 4500, publicUrl: 'http://127.0.0.1:4500', corsOrigins: '*' },
      images: { port: 4502, publicUrl: 'http://127.0.0.1:4502' },
      console: { port: 4503, publicUrl: 'http://127.0.0.1:4503' },
      jobs: { host: '127.0.0.1' },
      database: { kind: 'embedded' },
      objects: { kind: 'embedded', port: 4501, publicUrl: 'http://127.0.0.1:4501', region: 'us-east-1' },
      tokens: { kind: 'generated' },
      limits: { rateLimitPerMinute: 6000, maxNameBytes: 255 },
    });
  });

  it('treats an empty or blank variable as unset', () => {
    expect(parseConfig({ BKEND_API_PORT: '', S3_BUCKET: ' ', JWT_SECRET: '' })).toEqual(parseConfig({}));
  });

  it('freezes the configuration deeply', () => {
    const config = parseConfig({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.limits)).toBe(true);
    expect(Object.isFrozen(config.api)).toBe(true);
  });

  it('gives clients the loopback address where a host listens on all addresses', () => {
    expect(parseConfig({ BKEND_HOST: '0.0.0.0' }).api).toMatchObject({
      host: '0.0.0.0',
      publicUrl: 'http://127.0.0.1:4500',
    });
    expect(parseConfig({ BKEND_HOST: '::' }).images.publicUrl).toBe('http://[::1]:4502');
  });

  it('gives clients the URLs of a proxy', () => {
    const config = parseConfig({
      BKEND_API_URL: 'https://api.example.com/storage/',
      BKEND_OBJECTS_URL: 'https://objects.example.com/',
    });
    expect(config.api.publicUrl).toBe('https://api.example.com/storage');
    expect(config.objects).toMatchObject({
      endpoint: 'http://127.0.0.1:4501',
      publicUrl: 'https://objects.example.com',
    });
  });

  it.each(publicHosts)('reads port, URL and operations port of the role %s', (role) => {
    const prefix = `BKEND_${role.toUpperCase()}`;
    const config = parseConfig({
      [`${prefix}_PORT`]: '7000',
      [`${prefix}_URL`]: 'https://role.example',
      [`${prefix}_OPERATIONS_PORT`]: '7001',
    });
    expect(config[role]).toMatchObject({ port: 7000, publicUrl: 'https://role.example' });
    expect(config.operations[role]).toMatchObject({ port: 7001, isDefault: false });
  });

  it.each(publicHosts)('refuses the port of the role %s for the jobs too', (role) => {
    expect(problemsOf({ BKEND_JOBS_PORT: `${roles[role].port}` })).toHaveLength(1);
    expect(problemsOf({ BKEND_JOBS_OPERATIONS_PORT: `${roles[role].port}` })).toHaveLength(1);
  });

  it('treats a bucket without an endpoint as one of AWS', () => {
    expect(parseConfig({ S3_BUCKET: 'photos' }).objects).toEqual({
      kind: 's3',
      bucket: 'photos',
      region: 'us-east-1',
      forcePathStyle: false,
    });
  });

  it('puts the bucket into the path at an endpoint that was set', () => {
    const env = {
      S3_ENDPOINT: 'http://minio:9000/',
      S3_BUCKET: 'photos',
      S3_ACCESS_KEY_ID: 'id',
      S3_SECRET_ACCESS_KEY: 'secret',
      BKEND_OBJECTS_URL: 'https://s3.example.com',
    };
    expect(parseConfig(env).objects).toEqual({
      kind: 's3',
      endpoint: 'http://minio:9000',
      publicUrl: 'https://s3.example.com',
      bucket: 'photos',
      region: 'us-east-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
      forcePathStyle: true,
    });
    expect(parseConfig({ ...env, S3_FORCE_PATH_STYLE: 'false' }).objects.forcePathStyle).toBe(false);
  });

  it('lets other hosts have the port of the embedded store where none runs', () => {
    expect(parseConfig({ S3_BUCKET: 'photos', BKEND_API_PORT: '4501' }).api.port).toBe(4501);
  });

  it('reads lists, numbers and limits', () => {
    const config = parseConfig({
      BKEND_CORS_ORIGINS: 'https://a.example, http://localhost:3000',
      BKEND_RATE_LIMIT: '0',
      BKEND_MAX_TAGS: '5',
    });
    expect(config.api.corsOrigins).toEqual(['https://a.example', 'http://localhost:3000']);
    expect(config.limits).toMatchObject({ rateLimitPerMinute: 0, maxTags: 5 });
  });

  it.each<[string, Env]>([
    ['BKEND_API_PORT', { BKEND_API_PORT: 'http' }],
    ['BKEND_API_PORT', { BKEND_API_PORT: '70000' }],
    ['BKEND_API_PORT', { BKEND_API_PORT: '0' }],
    ['BKEND_OBJECTS_PORT', { BKEND_OBJECTS_PORT: '4500' }],
    ['BKEND_JOBS_PORT', { BKEND_JOBS_PORT: '4502' }],
    ['BKEND_HOST', { BKEND_HOST: 'http://0.0.0.0' }],
    ['BKEND_HOST', { BKEND_HOST: '127.0.0.1:80' }],
    ['BKEND_API_URL', { BKEND_API_URL: 'api.example.com' }],
    ['BKEND_IMAGES_URL', { BKEND_IMAGES_URL: 'https://cdn.example.com/?v=1' }],
    ['BKEND_OBJECTS_URL', { BKEND_OBJECTS_URL: 'https://example.com/objects' }],
    ['BKEND_OBJECTS_URL', { BKEND_OBJECTS_URL: 'x', S3_BUCKET: 'photos' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://localhost/files' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://localhost' }],
    ['S3_BUCKET', { S3_ENDPOINT: 'http://localhost:9000' }],
    ['S3_BUCKET', { S3_BUCKET: 'No/Slash' }],
    ['S3_ENDPOINT', { S3_ENDPOINT: 'localhost:9000', S3_BUCKET: 'photos' }],
    ['S3_ENDPOINT', { S3_ENDPOINT: 'http://id:secret@localhost:9000', S3_BUCKET: 'photos' }],
    ['S3_SECRET_ACCESS_KEY', { S3_BUCKET: 'photos', S3_ACCESS_KEY_ID: 'id' }],
    ['S3_ACCESS_KEY_ID', { S3_BUCKET: 'photos', S3_SECRET_ACCESS_KEY: 'secret' }],
    ['S3_FORCE_PATH_STYLE', { S3_BUCKET: 'photos', S3_FORCE_PATH_STYLE: 'maybe' }],
    ['S3_REGION', { S3_BUCKET: 'photos', S3_REGION: 'eu west' }],
    ['BKEND_REGION', { S3_BUCKET: 'photos', BKEND_REGION: 'eu-west-1' }],
    ['JWT_SECRET', { JWT_SECRET: 'short' }],
    ['JWT_SECRET_PREVIOUS', { JWT_SECRET: 'x'.repeat(32), JWT_SECRET_PREVIOUS: 'short' }],
    ['JWT_SECRET_PREVIOUS', { JWT_SECRET_PREVIOUS: 'x'.repeat(32) }],
    ['JWT_JWKS_URL', { JWT_JWKS_URL: 'file:///keys' }],
    ['JWT_SECRET and JWT_JWKS_URL', { JWT_SECRET: 'x'.repeat(32), JWT_JWKS_URL: 'https://id.example/keys' }],
    ['BKEND_RATE_LIMIT', { BKEND_RATE_LIMIT: '-1' }],
    ['BKEND_MIN_PART_BYTES', { BKEND_MIN_PART_BYTES: '20000000', BKEND_MAX_PART_BYTES: '10000000' }],
    [
      'BKEND_UNREGISTERED_UPLOAD_LIFE_SECONDS',
      {
        BKEND_UNREGISTERED_UPLOAD_LIFE_SECONDS: '60',
        BKEND_PART_URL_LIFE_SECONDS: '61',
        BKEND_UPLOAD_URL_LIFE_SECONDS: '30',
      },
    ],
    ['BKEND_CORS_ORIGINS', { BKEND_CORS_ORIGINS: 'https://a.example/,*' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
  ])('refuses a wrong %s: %o', (variable, env) => {
    const problems = problemsOf(env);
    expect(new Set(problems.map((problem) => problem.variable))).toEqual(new Set([variable]));
  });

  it('names all problems in one message', () => {
    const env = { BKEND_API_PORT: 'x', LOG_LEVEL: 'loud', S3_ENDPOINT: 'y', JWT_SECRET: 'short' };
    expect(() => parseConfig(env)).toThrow(
      /BKEND_API_PORT: "x" is not a whole number.*S3_ENDPOINT: "y".*JWT_SECRET: has 5 bytes/s,
    );
    expect(problemsOf(env).map((problem) => problem.variable)).toEqual([
      'BKEND_API_PORT',
      'S3_ENDPOINT',
      'S3_BUCKET',
      'LOG_LEVEL',
      'JWT_SECRET',
    ]);
  });

  it('shows no secret in its message', () => {
    const env = {
      DATABASE_URL: 'mysql://user:hunter2@localhost',
      S3_ENDPOINT: 'ftp://user:hunter2@localhost',
      S3_SECRET_ACCESS_KEY: 'hunter2',
      JWT_SECRET: 'hunter2',
    };
    expect(JSON.stringify(problemsOf(env))).not.toContain('hunter2');
  });
});
