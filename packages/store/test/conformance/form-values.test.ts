import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useStore } from '../use-store.ts';
import { now, postForm } from './post-form.ts';

const store = await useStore({ clock: () => now });

const kept = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
  'x-amz-meta-a',
  'x-amz-website-redirect-location',
];

/** Posts one field besides the key, under a policy that allows it any value. */
async function post(field: string, value: string, file?: string) {
  const conditions = [
    ['starts-with', '$key', ''],
    ['starts-with', `$${field}`, ''],
  ];
  const fields = { key: 'k', [field]: value };
  return await postForm(store, { fields, conditions, ...(file !== undefined && { file }) });
}

describe.each(kept)('the field %s of a form', (field) => {
  it.each(['a\r\nb', 'a\nb', '\0', 'a\u0001', '\u001b[0m', 'a\u007f'])(
    'with the value %j is refused as a header would be, and nothing is stored',
    async (value) => {
      await store.send({ method: 'DELETE', path: '/bucket/k' });
      const answer = await post(field, value);
      expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
      expect(answer.text).toContain(`<ArgumentName>${field}</ArgumentName>`);
      expect((await store.send({ path: '/bucket/k' })).code).toBe('NoSuchKey');
    },
  );

  it.each(['plain', 'with\ttab', 'café', '한글 😀', 'a="b"; c'])(
    'with the value %j is given back',
    async (value) => {
      expect((await post(field, value)).status).toBe(204);
      for (const method of ['GET', 'HEAD']) {
        const { status, headers } = await store.send({ method, path: '/bucket/k' });
        expect(status).toBe(200);
        expect(Buffer.from(String(headers[field]), 'latin1').toString()).toBe(value);
      }
    },
  );
});

it.each(['x-amz-meta-é', 'x-amz-meta-a b', 'x-amz-meta-a:b', 'x-amz-meta-(a)'])(
  'a field called %s, as no header can be, is refused',
  async (field) => {
    const answer = await post(field, 'v');
    expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
    expect(answer.text).toContain(`<ArgumentName>${field}</ArgumentName>`);
  },
);

it('a form refused for its fields leaves no file behind', async () => {
  const answer = await post('x-amz-meta-a', 'x'.repeat(4000), 'y'.repeat(300_000));
  expect(answer.code).toBe('MetadataTooLarge');
  expect(await readdir(join(store.dataDir, 'incoming'))).toEqual([]);
});
