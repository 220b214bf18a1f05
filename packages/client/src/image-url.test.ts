import { expect, test } from 'vitest';
import { createStorage } from './node.ts';

const storage = createStorage({ url: 'http://localhost:4500/', apiKey: 'pk_' });
const key = 'shop/dev/images/a b/ü.jpg';

test.each([
  [{}, 'shop/dev/images/a%20b/%C3%BC.jpg'],
  [
    { width: 400, height: 300, quality: 80 },
    'fit-in/400x300/filters:quality(80)/shop/dev/images/a%20b/%C3%BC.jpg',
  ],
  [{ width: 400 }, 'fit-in/400x0/shop/dev/images/a%20b/%C3%BC.jpg'],
  [{ width: 400, height: 300, fit: 'cover' }, '400x300/shop/dev/images/a%20b/%C3%BC.jpg'],
  [{ width: 400, height: 300, fit: 'smart' }, '400x300/smart/shop/dev/images/a%20b/%C3%BC.jpg'],
  [
    { format: 'webp', blur: 3, filters: ['grayscale()'] },
    'filters:format(webp):blur(3):grayscale()/shop/dev/images/a%20b/%C3%BC.jpg',
  ],
] as const)('the options %o are the path of an image URL', (options, path) => {
  expect(storage.imageUrl(key, options)).toBe(`http://localhost:4502/${path}`);
});

test('imagesUrl names the images host, else the URL of the file, else the port of the API', () => {
  const file = { key: 'k.jpg', url: 'https://img.example.com/base/k.jpg' };
  expect(storage.imageUrl(file, { width: 9 })).toBe('https://img.example.com/base/fit-in/9x0/k.jpg');
  const configured = createStorage({
    url: 'https://a.example',
    apiKey: 'pk_',
    imagesUrl: 'https://b.example/',
  });
  expect(configured.imageUrl(file)).toBe('https://b.example/k.jpg');
  const unknown = createStorage({ url: 'https://a.example', apiKey: 'pk_' });
  expect(() => unknown.imageUrl('k.jpg')).toThrow('imagesUrl');
});

test('each width of a srcset has a height in the ratio of the box', () => {
  expect(storage.srcset('k.jpg', { width: 400, height: 300, fit: 'cover', widths: [100, 200] })).toBe(
    'http://localhost:4502/100x75/k.jpg 100w, http://localhost:4502/200x150/k.jpg 200w',
  );
});
