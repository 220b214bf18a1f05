import { Window } from 'happy-dom';
import { createElement, type ReactElement, type ReactNode, StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ProxiedService, startProxiedService } from '../../test-support/src/service/proxied-service.ts';
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
import { seededBytes } from './seeded.ts';

let service: ProxiedService;
let storage: Storage;
let root: Root;
const dom = new Window();

beforeAll(async () => {
  // The globals that React needs. The others stay Node's: its fetch talks to the service.
  Object.assign(globalThis, { window: dom, document: dom.document });
  service = await startProxiedService();
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
    accessToken: service.accessToken(userId),
  });
}

function underProvider(child: ReactNode): ReactElement {
  return createElement(StrictMode, null, createElement(StorageProvider, { storage }, child));
}

/** Renders in strict mode into a new element. */
function render(child: ReactNode): HTMLElement {
  const container = dom.document.createElement('div');
  // The DOM of happy-dom, where React wants the DOM of a browser.
  const element = container as unknown as HTMLElement;
  root = createRoot(element);
  root.render(underProvider(child));
  return element;
}

/** Components that record the result of their hook. */
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

/** All recorded results of a hook. */
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

  test('useUpload shows an upload from its start to the file', async () => {
    const seen = await mount({ filename: 'of all.txt', visibility: 'public' });
    expect(seen.last).toMatchObject({ status: 'idle', progress: undefined, file: undefined });
    const file = await seen.last.upload('text', { filename: 'own.txt' });
    expect(file).toMatchObject({ originalName: 'own.txt', visibility: 'public', size: 4 });
    await expect.poll(() => seen.last.status).toBe('done');
    expect(seen.last).toMatchObject({ file, error: undefined, progress: { phase: 'done', bytes: 4 } });
    expect(seen.map(({ status }) => status)).toContain('uploading');
  });

  test('useUpload shows the error of a failed upload, and does not reject', async () => {
    const seen = await mount();
    expect(await seen.last.upload('')).toBeUndefined();
    await expect.poll(() => seen.last.status).toBe('failed');
    expect(seen.last.error).toMatchObject({ code: 'file/file-too-small' });
  });

  test('useUpload shows a pause, and then the file', async () => {
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

  test('useUpload is idle after an abort', async () => {
    const seen = await mount();
    service.objects.decide = () => ({ kind: 'stall' });
    const done = seen.last.upload(large);
    await expect.poll(() => service.objects.seen.length).toBeGreaterThan(0);
    seen.last.abort();
    expect(await done).toBeUndefined();
    await expect.poll(() => seen.last.status).toBe('idle');
    expect(seen.last).toMatchObject({ progress: undefined, error: undefined });
  });

  test('useUpload is idle after an abort of a silent stream', async () => {
    const seen = await mount();
    const done = seen.last.upload(new ReadableStream({ pull: () => new Promise(() => {}) }));
    await expect.poll(() => seen.last.status).toBe('uploading');
    seen.last.abort();
    expect(await done).toBeUndefined();
    await expect.poll(() => seen.last.status).toBe('idle');
  });

  test('useUpload shows the latest upload only', async () => {
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
    [false, 'continues'],
    [true, 'ends'],
  ])('with abortOnUnmount %s, an upload whose component is unmounted %s', async (abortOnUnmount) => {
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

  test('useFiles requests each page once', async () => {
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

  test('useFiles starts again when its filter changes, and keeps its files until then', async () => {
    const seen = await mount();
    const before = seen.length;
    root.render(underProvider(createElement(Lister, { filter: { ...filter, search: 'c.' }, seen: seen })));
    await expect.poll(() => names(seen.last)).toEqual(['c.txt']);
    expect(new Set(seen.slice(before).map(names).map(String))).toEqual(new Set(['a.txt,b.txt', 'c.txt']));
  });

  test('useFiles shows new files after refresh()', async () => {
    const seen = await mount();
    await storage.upload('0', { filename: '0.txt', metadata: { tags: ['listed'] } });
    seen.last.refresh();
    await expect.poll(() => names(seen.last)).toEqual(['0.txt', 'a.txt']);
    expect(seen.last.total).toBe(4);
  });

  test('useFiles shows the error of a page, and keeps the pages before it', async () => {
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

  test('Image fills its box, with a rendition for screens of twice the pixels', async () => {
    const attribute = await draw(createElement(Image, { file, width: 400, height: 300, quality: 80 }));
    const host = service.imagesUrl;
    expect(attribute('src')).toBe(`${host}/400x300/filters:quality(80)/k.jpg`);
    expect(attribute('srcset')).toBe(
      `${host}/400x300/filters:quality(80)/k.jpg 400w, ${host}/800x600/filters:quality(80)/k.jpg 800w`,
    );
    expect([attribute('sizes'), attribute('width'), attribute('height')]).toEqual(['400px', '400', '300']);
    expect([attribute('alt'), attribute('loading')]).toEqual(['A cat', 'lazy']);
  });

  test('Image accepts the attributes of img, and offers five widths without a width', async () => {
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

  test("Image with fit 'inside' shows the whole image", async () => {
    const attribute = await draw(
      createElement(Image, { file, width: 400, height: 300, fit: 'inside', style: { color: 'red' } }),
    );
    expect(attribute('src')).toBe(`${service.imagesUrl}/fit-in/400x300/k.jpg`);
    expect(attribute('style')).toMatch(/object-fit: scale-down; color: red/);
  });
});

describe('rendering on a server', () => {
  test('the components render their initial state', () => {
    const html = renderToString(underProvider(createElement(Page)));
    expect(html).toContain('idle true');
    expect(html).toContain('k.jpg 320w');
  });

  test('a component without a provider throws an error that names StorageProvider', () => {
    expect(() => renderToString(createElement(Page))).toThrow('StorageProvider');
  });
});

test('the React entry costs an app less than 2 kB', async () => {
  expect(await bundleSize('@bkend/storage/react')).toBeLessThan(2_000);
});
