import type { PostPolicy } from '../../auth/post-policy.ts';
import { S3Error } from '../../errors/s3-error.ts';
import { toHeaderBytes } from '../../http/header-text.ts';
import type { S3Request } from '../operation.ts';
import type { PostForm } from './form-data.ts';

/** Replaces the variable for the file name in all fields. The policy is checked against the replaced fields. */
export function expandFileName(form: PostForm): PostForm {
  // Some browsers name a file with its folders.
  const name = form.fileName.replace(/^.*[\\/]/s, '');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how S3 writes it
  const expand = (value: string): string => value.replaceAll('${filename}', () => name);
  return { ...form, fields: new Map([...form.fields].map(([field, value]) => [field, expand(value)])) };
}

/** The form as the PUT it stands for: its fields are the headers, its file is the body. */
export function formAsRequest(
  request: S3Request,
  form: PostForm,
  sizeRange: PostPolicy['sizeRange'],
): S3Request {
  const fields = new Map([...form.fields].filter(([name]) => !name.startsWith('if-')));
  for (const [name, value] of fields) fields.set(name, toHeaderBytes(value));
  const header = (name: string): string | undefined => fields.get(name);
  return {
    ...request,
    header,
    sentHeader: header,
    headers: () => fields,
    body: {
      sizeBytes: undefined,
      digestNames: [],
      trailers: new Map(),
      read: () => withinSizeRange(form.file, sizeRange),
      verify: () => undefined,
    },
  };
}

async function* withinSizeRange(
  file: AsyncIterable<Buffer>,
  { min, max }: PostPolicy['sizeRange'],
): AsyncGenerator<Buffer> {
  let received = 0;
  for await (const chunk of file) {
    received += chunk.length;
    if (received > max) {
      throw new S3Error('EntityTooLarge', undefined, {
        ProposedSize: String(received),
        MaxSizeAllowed: String(max),
      });
    }
    yield chunk;
  }
  if (received < min) {
    throw new S3Error('EntityTooSmall', undefined, {
      ProposedSize: String(received),
      MinSizeAllowed: String(min),
    });
  }
}
