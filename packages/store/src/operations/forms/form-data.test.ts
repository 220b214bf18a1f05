import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readForm } from './form-data.ts';

const type = 'multipart/form-data; boundary=x';

async function* inPieces(body: Buffer, pieceBytes: number) {
  for (let at = 0; at < body.length; at += pieceBytes) yield body.subarray(at, at + pieceBytes);
}

async function read(body: Buffer | string, { pieceBytes = 7, contentType = type } = {}) {
  const form = await readForm(inPieces(Buffer.from(body), pieceBytes), contentType);
  const chunks: Buffer[] = [];
  for await (const chunk of form.file) chunks.push(Buffer.from(chunk));
  return { fields: Object.fromEntries(form.fields), fileName: form.fileName, file: Buffer.concat(chunks) };
}

const field = (name: string, value: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const fileHead =
  '--x\r\nContent-Disposition: form-data; name="file"; filename="a b.txt"\r\nContent-Type: a/b\r\n\r\n';

describe('a form', () => {
  it('gives its fields and its file however it is cut, whatever is in them', async () => {
    // Much of this looks like a boundary, and none of it is one.
    const bytes = fc.array(fc.constantFrom('\r', '\n', '\r\n--', '\r\n--y', '-', 'x', '한', '\0'), {
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(bytes, bytes, fc.integer({ min: 1, max: 40 }), async (value, content, pieceBytes) => {
        const [text, file] = [value.join(''), content.join('')];
        fc.pre(!`${text}\r\n`.includes('\r\n--x') && !`${file}\r\n`.includes('\r\n--x'));
        const body = `${field('Some-Field', text)}${fileHead}${file}\r\n--x--\r\n`;
        const form = await read(Buffer.from(body), { pieceBytes });
        expect(form).toEqual({
          fields: { 'some-field': text },
          fileName: 'a b.txt',
          file: Buffer.from(file),
        });
      }),
    );
  });

  it('passes over what stands before and behind', async () => {
    const body = `preamble\r\n${field('a', '1')}${fileHead}file\r\n${field('b', '2')}--x--\r\nepilogue`;
    expect(await read(body)).toMatchObject({ fields: { a: '1' }, file: Buffer.from('file') });
  });

  it('counts the first of two fields with one name', async () => {
    const { fields } = await read(`${field('key', 'first')}${field('KEY', 'second')}${fileHead}\r\n--x--`);
    expect(fields).toEqual({ key: 'first' });
  });

  it('may quote its boundary', async () => {
    const body = `${field('a', '1')}${fileHead}\r\n--x--`.replaceAll('--x', '--x y');
    expect(await read(body, { contentType: 'multipart/form-data; boundary="x y"' })).toMatchObject({
      fields: { a: '1' },
    });
  });

  it.each<[string, string, string]>([
    ['has no boundary', 'multipart/form-data', 'MalformedPOSTRequest'],
    ['has no file', `${field('a', '1')}--x--\r\n`, 'InvalidArgument'],
    ['ends in a field', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue', 'IncompleteBody'],
    ['ends in its file', `${fileHead}file`, 'IncompleteBody'],
    ['never begins', 'nothing', 'IncompleteBody'],
    ['has a part without a name', '--x\r\nContent-Type: a/b\r\n\r\n1\r\n--x--', 'MalformedPOSTRequest'],
    ['has a boundary that goes on', '--xyz\r\n\r\n', 'MalformedPOSTRequest'],
    [
      'has fields of more than 20 KiB',
      `${field('a', 'x'.repeat(21_000))}${fileHead}\r\n--x--`,
      'MalformedPOSTRequest',
    ],
  ])('that %s is refused', async (_, body, code) => {
    const contentType = body.startsWith('multipart') ? body : type;
    await expect(read(body, { contentType })).rejects.toMatchObject({ code });
  });
});
