import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readXml, type XmlElement } from '../../src/http/read-xml.ts';
import { type RunningStore, region, startStore } from '../running-store.ts';

let store: RunningStore;
const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'd+e f', 'g', '한글'];
beforeAll(async () => {
  store = await startStore({ buckets: ['bucket', 'list-1', 'list-2', 'list-3'] });
  for (const key of keys) await store.send({ method: 'PUT', path: `/bucket/${key}`, body: key });
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
});

interface Page {
  readonly status: number;
  readonly code: string | undefined;
  readonly keys: string[];
  readonly prefixes: string[];
  readonly text: (name: string) => string | undefined;
}

async function list(query: Record<string, string>, path = '/bucket'): Promise<Page> {
  const { status, code, body } = await store.send({ path, query });
  const { children } = readXml(body);
  const inside = (element: XmlElement, name: string) =>
    element.children.find((child) => child.name === name)?.text ?? '';
  const named = (...names: string[]) => children.filter(({ name }) => names.includes(name));
  return {
    status,
    code,
    keys: named('Contents', 'Version', 'Upload').map((element) => inside(element, 'Key')),
    prefixes: named('CommonPrefixes').map((element) => inside(element, 'Prefix')),
    text: (name) => children.find((child) => child.name === name)?.text,
  };
}

const v2 = (query: Record<string, string>) => list({ 'list-type': '2', ...query });
const versions = (query: Record<string, string>) => list({ versions: '', ...query });

describe.each([
  ['version 1', list, 'max-keys'],
  ['version 2', v2, 'max-keys'],
  ['of versions', versions, 'max-keys'],
  ['of uploads', (query: Record<string, string>) => list({ uploads: '', ...query }), 'max-uploads'],
] as const)('a list %s', (_, ask, maximum) => {
  it.each(['-1', 'many', '1e3', '2147483648', '1.5'])('refuses %s as a page size', async (size) => {
    expect(await ask({ [maximum]: size })).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });

  it('refuses an unknown encoding', async () => {
    expect(await ask({ 'encoding-type': 'base64' })).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });

  it('of nothing is not truncated', async () => {
    const page = await ask({ [maximum]: '0' });
    expect(page.keys).toEqual([]);
    expect(page.text('IsTruncated')).toBe('false');
  });

  it('says no more than 1,000 for larger pages', async () => {
    const page = await ask({ [maximum]: '5000' });
    expect(page.text(maximum === 'max-keys' ? 'MaxKeys' : 'MaxUploads')).toBe('1000');
  });

  it('needs its bucket', async () => {
    const kind = maximum === 'max-uploads' ? { uploads: '' } : {};
    expect(await list(kind, '/nowhere')).toMatchObject({ status: 404, code: 'NoSuchBucket' });
  });

  it('mentions a delimiter only where there is one', async () => {
    expect((await ask({ delimiter: '' })).text('Delimiter')).toBeUndefined();
    expect((await ask({ delimiter: '/' })).text('Delimiter')).toBe('/');
    expect((await ask({ prefix: '' })).text('Prefix')).toBe('');
  });
});

describe('a list by folder', () => {
  it('counts folders like keys, page by page', async () => {
    const found: string[] = [];
    let marker = '';
    for (let pages = 1; ; pages++) {
      const page = await list({ delimiter: '/', 'max-keys': '2', marker });
      found.push(...page.keys, ...page.prefixes);
      if (page.text('IsTruncated') === 'false') {
        expect(page.text('NextMarker')).toBeUndefined();
        expect(pages).toBe(3);
        break;
      }
      expect(page.keys.length + page.prefixes.length).toBe(2);
      marker = page.text('NextMarker') ?? '';
    }
    expect(found).toEqual(['a', 'b/', 'd+e f', 'g', '한글']);
  });

  it('may have a delimiter of several characters, or one that is in no key', async () => {
    expect((await v2({ delimiter: '/c/', prefix: 'b' })).prefixes).toEqual(['b/c/']);
    expect((await v2({ delimiter: '|' })).keys).toEqual(keys);
    expect(await v2({ delimiter: '/', prefix: 'b/' })).toMatchObject({
      keys: ['b/1', 'b/2'],
      prefixes: ['b/c/'],
    });
  });

  it('goes on behind a folder that is named as the marker, and inside one that is its prefix', async () => {
    expect(await list({ delimiter: '/', marker: 'b/' })).toMatchObject({
      keys: ['d+e f', 'g', '한글'],
      prefixes: [],
    });
    expect((await list({ prefix: 'b/', delimiter: '/', marker: 'b/1' })).keys).toEqual(['b/2']);
    // "CommonPrefixes is filtered out from results if it is not lexicographically greater than the StartAfter value."
    expect((await v2({ delimiter: '/', 'start-after': 'b/1' })).prefixes).toEqual([]);
    expect((await v2({ delimiter: '/', 'start-after': 'b' })).prefixes).toEqual(['b/']);
  });
});

describe('a list of version 1', () => {
  it('names the next marker only with a delimiter', async () => {
    const page = await list({ 'max-keys': '1' });
    expect(page.text('IsTruncated')).toBe('true');
    expect(page.text('NextMarker')).toBeUndefined();
    expect(page.text('Marker')).toBe('');
  });

  it('begins behind its marker, be it a key or not', async () => {
    expect((await list({ marker: 'b/2' })).keys).toEqual(['b/c/3', 'd+e f', 'g', '한글']);
    expect((await list({ marker: 'blah' })).keys).toEqual(['d+e f', 'g', '한글']);
    expect((await list({ marker: '힣' })).keys).toEqual([]);
    const behindNewLine = await list({ marker: '\n' });
    expect(behindNewLine.keys).toEqual(keys);
    expect(behindNewLine.text('Marker')).toBe('\n');
  });
});

it.each([
  ['1', 'start-after'],
  ['1', 'continuation-token'],
  ['2', 'marker'],
])('a list of version %s cannot be asked to go on by %s, which is of the other', async (version, name) => {
  const answer = await list({ 'list-type': version, [name]: 'b/2' });
  expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
});

describe.each([{}, { 'list-type': '2' }])('a list of objects asked for by %j', (query) => {
  it('tells the region of its bucket', async () => {
    const answer = await store.send({ path: '/bucket', query });
    expect(answer.headers['x-amz-bucket-region']).toBe(region);
  });
});

describe('a list of version 2', () => {
  it('goes on by token, whatever else is asked again', async () => {
    const first = await v2({ 'max-keys': '2', 'start-after': 'a' });
    expect(first.keys).toEqual(['b/1', 'b/2']);
    expect(first.text('StartAfter')).toBe('a');
    expect(first.text('KeyCount')).toBe('2');
    const token = first.text('NextContinuationToken') ?? '';
    const second = await v2({ 'max-keys': '2', 'start-after': 'a', 'continuation-token': token });
    expect(second.keys).toEqual(['b/c/3', 'd+e f']);
    expect(second.text('ContinuationToken')).toBe(token);
  });

  it('takes an empty token for the first page, and refuses one that it did not issue', async () => {
    const page = await v2({ 'continuation-token': '' });
    expect(page.keys).toEqual(keys);
    expect(page.text('ContinuationToken')).toBe('');
    expect(await v2({ 'continuation-token': 'a!' })).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });

  it('tells the owner only when asked', async () => {
    const owner = async (query: object) =>
      /<Owner><ID>\w+<\/ID>/.test(
        (await store.send({ path: '/bucket', query: { 'list-type': '2', ...query } })).text,
      );
    expect(await owner({})).toBe(false);
    expect(await owner({ 'fetch-owner': 'false' })).toBe(false);
    expect(await owner({ 'fetch-owner': 'true' })).toBe(true);
  });

  it('writes keys for URLs when asked', async () => {
    const page = await v2({ 'encoding-type': 'url', delimiter: '/', 'start-after': 'd+' });
    expect(page.keys).toEqual(['d%2Be%20f', 'g', '%ED%95%9C%EA%B8%80']);
    expect(page.text('EncodingType')).toBe('url');
    expect(page.text('StartAfter')).toBe('d%2B');
  });
});

describe('a list of versions', () => {
  it('goes on behind a key', async () => {
    const page = await versions({ 'max-keys': '2' });
    expect(page.keys).toEqual(['a', 'b/1']);
    expect(page.text('NextKeyMarker')).toBe('b/1');
    expect((await versions({ 'key-marker': 'b/1', 'version-id-marker': 'null' })).keys).toEqual(
      keys.slice(2),
    );
    expect(await versions({ 'version-id-marker': 'null' })).toMatchObject({ code: 'InvalidArgument' });
  });
});

describe('the list of buckets', () => {
  const names = async (query: Record<string, string>) => {
    const { text } = await store.send({ path: '/', query });
    return {
      names: [...text.matchAll(/<Name>(.*?)<\/Name>/g)].map(([, name]) => name),
      token: /<ContinuationToken>(.*?)</.exec(text)?.[1],
    };
  };

  it('has pages, a prefix and a region', async () => {
    expect(await names({})).toEqual({ names: ['bucket', 'list-1', 'list-2', 'list-3'], token: undefined });
    const first = await names({ prefix: 'list-', 'max-buckets': '2' });
    expect(first.names).toEqual(['list-1', 'list-2']);
    const second = await names({
      prefix: 'list-',
      'max-buckets': '2',
      'continuation-token': first.token ?? '',
    });
    expect(second).toEqual({ names: ['list-3'], token: undefined });
    expect((await names({ 'bucket-region': 'eu-north-1' })).names).toEqual([]);
    expect((await names({ 'bucket-region': 'us-east-1', prefix: 'b' })).names).toEqual(['bucket']);
    expect((await names({ prefix: 'x'.repeat(5000) })).names).toEqual([]);
  });

  it.each(['0', '10001', '-1', 'x'])('refuses %s as a page size', async (size) => {
    expect((await store.send({ path: '/', query: { 'max-buckets': size } })).code).toBe('InvalidArgument');
  });
});
