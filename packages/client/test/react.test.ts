import { Window } from 'happy-dom';
import { createElement, type ReactElement, type ReactNode, StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createStorage, type Storage } from '../src/node.ts';
import {
  type FilesState,
  Image,
  StorageProvider,
  type UploadState,
  type UseFilesOptions,
  type UseUploadOptions,
  useFiles,
  useUpload,
} from '../src/react.ts';
import { bundleSize } from './bundle.ts';
import { seededBytes } from './random.ts';
import { accessToken, type Service, startService } from './service.ts';

let service: Service;
let storage: Storage;
let root: Root;
const dom = new Window();

beforeAll(async () => {
  // What React looks for. The rest stays Node's own: its fetch talks to the service.
  Object.assign(globalThis, { window: dom, document: dom.document });
  service = await startService();
  storage = storageOf('alice');
}, 60_000);
afterEach(() => {
  root?.unmount();
  service.api.calm();
  service.objects.calm();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await dom.happyDOM.close();
}, 60_000);

function storageOf(userId: string): Storage {
  const { publishableKey: apiKey, imagesUrl, api } = service;
  const retry = { firstDelaySeconds: 0.05, maxDelaySeconds: 0.5 };
  return createStorage({
    url: api.url,
    apiKey,
    imagesUrl,
    retry,
    journal: false,
    accessToken: accessToken(userId),
  });
}

function underProvider(child: ReactNode): ReactElement {
  return createElement(StrictMode, null, createElement(StorageProvider, { storage }, child));
}

/** Renders as a page would, in strict mode, into an element of its own. */
function render(child: ReactNode): HTMLElement {
  const container = dom.document.createElement('div');
  // The DOM of happy-dom, where React wants the DOM of a browser.
  const element = container as unknown as HTMLElement;
  root = createRoot(element);
  root.render(underProvider(child));
  return element;
}

/** These only say what their hook returned. */
function Uploader({ options, seen }: { options: UseUploadOptions | undefined; seen: UploadState[] }) {
  seen.push(useUpload(options));
  return null;
}

function Lister({ filter, seen }: { filter: UseFilesOptions; seen: FilesState[] }) {
  seen.push(useFiles({ ...filter }));
  return null;
}

function Page() {
  const { status } = useUpload();
  const { isLoading } = useFiles();
  return createElement('p', null, `${status} ${isLoading}`, createElement(Image, { file: 'k.jpg' }));
}

/** What has been rendered, and what came last. */
class Seen<T> extends Array<T> {
  get last(): T {
    const last = this.at(-1);
    if (last) return last;
    throw new Error('Nothing has been rendered yet.');
  }
}

describe('useUpload', { timeout: 30_000 }, () => {
  const large = new Blob([seededBytes(1, 20 * 2 ** 20)]);
  const mount = async (options?: UseUploadOptions) => {
    const seen = new Seen<UploadState>();
    render(createElement(Uploader, { options, seen }));
    await expect.poll(() => seen.length).toBeGreaterThan(0);
    return seen;
  };

  test('shows an upload from its beginning to the file', async () => {
    const seen = await mount({ filename: 'of all.txt', visibility: 'public' });
    expect(seen.last).toMatchObject({ status: 'idle', progress: undefined, file: undefined });
    const file = await seen.last.upload('text', { filename: 'own.txt' });
    expect(file).toMatchObject({ originalName: 'own.txt', visibility: 'public', size: 4 });
    await expect.poll(() => seen.last.status).toBe('done');
    expect(seen.last).toMatchObject({ file, error: undefined, progress: { phase: 'done', bytes: 4 } });
    expect(seen.map(({ status }) => status)).toContain('uploading');
  });

  test('shows why an upload failed, and rejects nothing', async () => {
    const seen = await mount();
    expect(await seen.last.upload('')).toBeUndefined();
    await expect.poll(() => seen.last.status).toBe('failed');
    expect(seen.last.error).toMatchObject({ code: 'file/file-too-small' });
  });

  test('shows a pause, and the file after it', async () => {
    const seen = await mount();
    service.objects.decide = () => {
      seen.last.pause();
      return undefined;
    };
    const done = seen.last.upload(large);
    await expect.poll(() => seen.last.status).toBe('paused');
    service.objects.calm();
    seen.last.resume();
    await done;
    await expect.poll(() => seen.last.status).toBe('done');
    expect(seen.last.file?.size).toBe(large.size);
  });

  test('is idle again after an abort', async () => {
    const seen = await mount();
    service.objects.decide = () => ({ kind: 'stall' });
    const done = seen.last.upload(large);
    await expect.poll(() => service.objects.seen.length).toBeGreaterThan(0);
    seen.last.abort();
    expect(await done).toBeUndefined();
    await expect.poll(() => seen.last.status).toBe('idle');
    expect(seen.last).toMatchObject({ progress: undefined, error: undefined });
  });

  test('is idle again after an abort of a stream that gives nothing', async () => {
    const seen = await mount();
    const done = seen.last.upload(new ReadableStream({ pull: () => new Promise(() => {}) }));
    await expect.poll(() => seen.last.status).toBe('uploading');
    seen.last.abort();
    expect(await done).toBeUndefined();
    await expect.poll(() => seen.last.status).toBe('idle');
  });

  test('shows the latest upload only', async () => {
    const seen = await mount();
    const first = seen.last.upload('first', { filename: 'first.txt' });
    const second = seen.last.upload('second', { filename: 'second.txt' });
    expect((await first)?.originalName).toBe('first.txt');
    await second;
    await expect.poll(() => seen.last.status).toBe('done');
    expect(seen.flatMap(({ file }) => file?.originalName ?? [])).not.toContain('first.txt');
    expect(seen.last.file?.originalName).toBe('second.txt');
  });

  test.each([
    [false, 'goes on'],
    [true, 'ends'],
  ])('with abortOnUnmount %s, an upload whose component is gone %s', async (abortOnUnmount) => {
    const seen = await mount({ abortOnUnmount });
    const done = new Promise<UploadState['file']>((resolve) => {
      service.objects.decide = () => {
        root.unmount();
        service.objects.calm();
        return undefined;
      };
      void seen.last.upload(large).then(resolve);
    });
    expect((await done)?.size).toBe(abortOnUnmount ? undefined : large.size);
  });
});

describe('useFiles', { timeout: 30_000 }, () => {
  const filter = { tag: 'listed', sortBy: 'originalName', sortDirection: 'asc', limit: 2 } as const;
  const mount = async () => {
    const seen = new Seen<FilesState>();
    render(createElement(Lister, { filter, seen }));
    await expect.poll(() => seen.at(-1)?.isLoading).toBe(false);
    return seen;
  };
  const names = ({ files }: FilesState) => files.map(({ originalName }) => originalName);

  beforeAll(async () => {
    for (const name of ['a', 'b', 'c'])
      await storage.upload(name, { filename: `${name}.txt`, metadata: { tags: ['listed'] } });
  });

  test('reads page after page, and asks once for each', async () => {
    const seen = await mount();
    expect(seen.last).toMatchObject({ total: 3, hasMore: true });
    expect(names(seen.last)).toEqual(['a.txt', 'b.txt']);
    seen.last.loadMore();
    seen.last.loadMore();
    await expect.poll(() => names(seen.last)).toEqual(['a.txt', 'b.txt', 'c.txt']);
    expect(seen.last.hasMore).toBe(false);
    const asked = service.api.seen.length;
    seen.last.loadMore();
    expect(service.api.seen).toHaveLength(asked);
  });

  test('begins again when its filter changes, and keeps what it shows until then', async () => {
    const seen = await mount();
    const before = seen.length;
    root.render(underProvider(createElement(Lister, { filter: { ...filter, search: 'c.' }, seen: seen })));
    await expect.poll(() => names(seen.last)).toEqual(['c.txt']);
    expect(new Set(seen.slice(before).map(names).map(String))).toEqual(new Set(['a.txt,b.txt', 'c.txt']));
  });

  test('shows what is new when it is refreshed', async () => {
    const seen = await mount();
    await storage.upload('0', { filename: '0.txt', metadata: { tags: ['listed'] } });
    seen.last.refresh();
    await expect.poll(() => names(seen.last)).toEqual(['0.txt', 'a.txt']);
    expect(seen.last.total).toBe(4);
  });

  test('shows why a page could not be read, and keeps those before', async () => {
    const seen = await mount();
    service.api.decide = () => ({ kind: 'refuse', status: 404 });
    seen.last.refresh();
    await expect.poll(() => seen.last.error?.code).toBe('client/unreadable-answer');
    expect(seen.last.files).toHaveLength(2);
  });
});

describe('Image', { timeout: 30_000 }, () => {
  const file = { key: 'k.jpg', url: 'https://img.example/k.jpg', metadata: { alt: 'A cat' } };
  const draw = async (image: ReactElement) => {
    const element = render(image);
    await expect.poll(() => element.querySelector('img')).not.toBeNull();
    return (name: string) => element.querySelector('img')?.getAttribute(name);
  };

  test('fills its place, in as many pixels as the screen has', async () => {
    const attribute = await draw(createElement(Image, { file, width: 400, height: 300, quality: 80 }));
    const host = service.imagesUrl;
    expect(attribute('src')).toBe(`${host}/400x300/filters:quality(80)/k.jpg`);
    expect(attribute('srcset')).toBe(
      `${host}/400x300/filters:quality(80)/k.jpg 400w, ${host}/800x600/filters:quality(80)/k.jpg 800w`,
    );
    expect([attribute('sizes'), attribute('width'), attribute('height')]).toEqual(['400px', '400', '300']);
    expect([attribute('alt'), attribute('loading')]).toEqual(['A cat', 'lazy']);
  });

  test('takes what an img takes, and a row of widths where its place has none', async () => {
    const attribute = await draw(
      createElement(Image, { file: 'k.jpg', sizes: '50vw', alt: 'B', className: 'c', loading: 'eager' }),
    );
    expect(attribute('srcset')?.split(', ')).toHaveLength(5);
    expect([attribute('sizes'), attribute('alt'), attribute('class'), attribute('loading')]).toEqual([
      '50vw',
      'B',
      'c',
      'eager',
    ]);
  });

  test('keeps the whole picture where it is told to', async () => {
    const attribute = await draw(
      createElement(Image, { file, width: 400, height: 300, fit: 'inside', style: { color: 'red' } }),
    );
    expect(attribute('src')).toBe(`${service.imagesUrl}/fit-in/400x300/k.jpg`);
    expect(attribute('style')).toMatch(/object-fit: scale-down; color: red/);
  });
});

describe('on a server', () => {
  test('the components render to what the browser begins with', () => {
    const html = renderToString(underProvider(createElement(Page)));
    expect(html).toContain('idle true');
    expect(html).toContain('k.jpg 320w');
  });

  test('a component without a provider says what it lacks', () => {
    expect(() => renderToString(createElement(Page))).toThrow('StorageProvider');
  });
});

test('the bindings cost an app less than 2 kB', async () => {
  expect(await bundleSize('@bkend/storage/react')).toBeLessThan(2_000);
});
