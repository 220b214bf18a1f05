import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTextEncoder } from './text-encoder.ts';

/** Text with single halves of surrogate pairs at any position. */
const text = fc.string({
  unit: fc.constantFrom('a', 'é', '한', '\uD83C', '\uDFB5', '\uD800', '\uDFFF'),
  maxLength: 6,
});

async function encodedByStream(chunks: readonly string[]): Promise<string> {
  const source = new ReadableStream<string>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const encoded = source.pipeThrough(new TextEncoderStream());
  return Buffer.from(await new Response(encoded).arrayBuffer()).toString('hex');
}

function encoded(chunks: readonly string[]): string {
  const bytes = createTextEncoder();
  return Buffer.concat([...chunks.map((chunk) => bytes.encode(chunk)), bytes.end()]).toString('hex');
}

it('chunks of text are encoded as TextEncoderStream encodes them, wherever the text is cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 5 }), async (chunks) => {
      expect(encoded(chunks)).toBe(await encodedByStream(chunks));
    }),
  );
});

it('a half character before bytes becomes a replacement character', () => {
  const bytes = createTextEncoder();
  const parts = [
    bytes.encode('a\uD83C'),
    bytes.before(Uint8Array.of(1)),
    bytes.encode('\uDFB5'),
    bytes.end(),
  ];
  expect(Buffer.concat(parts).toString('latin1')).toBe('a\xEF\xBF\xBD\x01\xEF\xBF\xBD');
});
