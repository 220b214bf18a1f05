import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { verifyStore } from '../src/verify/verify-store.ts';
import { useStore } from './use-store.ts';

const store = await useStore({ buckets: [] });

/** A bucket as a client sees it: names and bytes. */
type Model = Map<string, Buffer>;

interface Step {
  readonly describe: string;
  run(bucket: string, model: Model): Promise<void>;
}

// Few, so that steps meet; with folders, and with names that are awkward as paths.
const key = fc.constantFrom('a', 'a/b', 'a/b/c', 'a/c', 'b', '..', 'a/../b', '한글/😀', 'z//', 'z/', '%2e');
const size = fc.constantFrom(0, 1, 65_536, 65_537, 1_200_000);

const put = fc.tuple(key, size, fc.boolean()).map(
  ([name, bytes, onlyNew]): Step => ({
    describe: `put ${name} (${bytes} bytes${onlyNew ? ', only if new' : ''})`,
    async run(bucket, model) {
      const body = randomBytes(bytes);
      const headers: Record<string, string> = onlyNew ? { 'if-none-match': '*' } : {};
      const { status } = await store.send({ method: 'PUT', path: `/${bucket}/${name}`, headers, body });
      expect(status).toBe(onlyNew && model.has(name) ? 412 : 200);
      if (status === 200) model.set(name, body);
    },
  }),
);

const remove = key.map(
  (name): Step => ({
    describe: `delete ${name}`,
    async run(bucket, model) {
      expect((await store.send({ method: 'DELETE', path: `/${bucket}/${name}` })).status).toBe(204);
      model.delete(name);
    },
  }),
);

const copy = fc.tuple(key, key).map(
  ([from, to]): Step => ({
    describe: `copy ${from} to ${to}`,
    async run(bucket, model) {
      const headers = {
        'x-amz-copy-source': encodeURIComponent(`${bucket}/${from}`),
        'x-amz-metadata-directive': 'REPLACE',
      };
      const { status } = await store.send({ method: 'PUT', path: `/${bucket}/${to}`, headers });
      const source = model.get(from);
      expect(status).toBe(source === undefined ? 404 : 200);
      if (source !== undefined) model.set(to, source);
    },
  }),
);

const multipart = fc.tuple(key, fc.boolean(), key).map(
  ([name, complete, copied]): Step => ({
    describe: `upload ${name} in parts, the second from ${copied}, ${complete ? 'complete' : 'abort'} it`,
    async run(bucket, model) {
      const path = `/${bucket}/${name}`;
      const created = await store.send({ method: 'POST', path, query: { uploads: '' } });
      const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(created.text)?.[1] ?? '';
      const first = randomBytes(5 * 1024 * 1024);
      const sendPart = async (
        partNumber: string,
        input: { body?: Buffer; headers?: Record<string, string> },
      ) => await store.send({ method: 'PUT', path, query: { uploadId, partNumber }, ...input });
      // A part sent twice counts once.
      await sendPart('1', { body: Buffer.from('not this') });
      const one = await sendPart('1', { body: first });
      const source = model.get(copied);
      const two = await sendPart('2', {
        headers: { 'x-amz-copy-source': encodeURIComponent(`${bucket}/${copied}`) },
      });
      expect(two.status).toBe(source === undefined ? 404 : 200);
      if (!complete) {
        expect((await store.send({ method: 'DELETE', path, query: { uploadId } })).status).toBe(204);
        return;
      }
      const etags = [one.headers.etag, /<ETag>(.*)<\/ETag>/.exec(two.text)?.[1]].slice(0, source ? 2 : 1);
      const parts = etags.map(
        (etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
      );
      const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
      expect((await store.send({ method: 'POST', path, query: { uploadId }, body })).status).toBe(200);
      model.set(name, Buffer.concat([first, ...(source ? [source] : [])]));
    },
  }),
);

const read = fc.tuple(key, fc.integer({ min: 0, max: 70_000 }), fc.integer({ min: 0, max: 70_000 })).map(
  ([name, first, length]): Step => ({
    describe: `read ${length} bytes of ${name} from ${first} on`,
    async run(bucket, model) {
      const range = `bytes=${first}-${first + length}`;
      const answer = await store.send({ path: `/${bucket}/${name}`, headers: { range } });
      const bytes = model.get(name);
      if (bytes === undefined) expect(answer.status).toBe(404);
      else if (first >= bytes.length) expect(answer.status).toBe(416);
      else expect(answer.body.equals(bytes.subarray(first, first + length + 1))).toBe(true);
    },
  }),
);

const list = fc
  .tuple(fc.constantFrom('', 'a', 'a/', 'z/', '한'), fc.constantFrom('', '/'), fc.integer({ min: 1, max: 4 }))
  .map(
    ([prefix, delimiter, pageSize]): Step => ({
      describe: `list "${prefix}" by "${delimiter}", ${pageSize} a page`,
      async run(bucket, model) {
        expect(await listAll(bucket, { prefix, delimiter, pageSize })).toEqual(
          expectedList(model, prefix, delimiter),
        );
      },
    }),
  );

async function listAll(
  bucket: string,
  { prefix, delimiter, pageSize }: { prefix: string; delimiter: string; pageSize: number },
): Promise<string[]> {
  const found: string[] = [];
  for (let token: string | undefined; ; ) {
    const { text } = await store.send({
      path: `/${bucket}`,
      query: {
        'list-type': '2',
        'max-keys': String(pageSize),
        prefix,
        delimiter,
        ...(token !== undefined && { 'continuation-token': token }),
      },
    });
    for (const [, contents, common] of text.matchAll(
      /<Contents><Key>(.*?)<\/Key>|<CommonPrefixes><Prefix>(.*?)<\/Prefix>/g,
    )) {
      found.push(contents ?? common ?? '');
    }
    token = /<NextContinuationToken>(.*?)</.exec(text)?.[1];
    if (token === undefined) return found.sort(byBytes);
  }
}

function expectedList(model: Model, prefix: string, delimiter: string): string[] {
  const names = [...model.keys()].filter((name) => name.startsWith(prefix));
  const rolled = names.map((name) => {
    const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
    return at < 0 ? name : name.slice(0, at + 1);
  });
  return [...new Set(rolled)].sort(byBytes);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

it('answers any sequence of operations as names and bytes in memory would', async () => {
  let buckets = 0;
  const steps = fc.array(fc.oneof(put, put, remove, copy, multipart, read, list, list), { maxLength: 15 });
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const bucket = `model-${buckets++}`;
      const model: Model = new Map();
      await store.send({ method: 'PUT', path: `/${bucket}` });
      for (const step of sequence) await step.run(bucket, model);
      for (const [name, bytes] of model) {
        const { body } = await store.send({ path: `/${bucket}/${name}` });
        expect(body.equals(bytes), name).toBe(true);
      }
    }),
    { numRuns: 15 },
  );
}, 60_000);

it('has lost and left over nothing after all that', async () => {
  const findings: unknown[] = [];
  const report = await verifyStore({
    directory: store.dataDir,
    repair: false,
    onFinding: (finding) => findings.push(finding),
  });
  expect(findings).toEqual([]);
  expect(report.objects).toBeGreaterThan(0);
});
