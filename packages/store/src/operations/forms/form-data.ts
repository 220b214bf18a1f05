import { S3Error } from '../../errors/s3-error.ts';
import { ByteQueue } from '../../http/byte-queue.ts';

/** A form as far as its file. */
export interface PostForm {
  /** Names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  /** As the browser names it. */
  readonly fileName: string;
  /** To be read to its end. Fields behind it are passed over, as S3 does. */
  readonly file: AsyncIterable<Buffer>;
}

/** S3's limit for everything but the file. */
const maxFieldBytes = 20 * 1024;
const maxLineBytes = 4096;

/**
 * Reads a `multipart/form-data` body (RFC 7578) up to the field `file`, which is left to be streamed.
 *
 * @throws S3Error `MalformedPOSTRequest`, `IncompleteBody`, `InvalidArgument` for a form without a file
 */
export async function readForm(body: AsyncIterable<Buffer>, contentType: string): Promise<PostForm> {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw new S3Error('MalformedPOSTRequest');
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  // The first boundary has no line before it.
  const queue = new ByteQueue(body, Buffer.from('\r\n'));
  for (let skipped = 0; ; ) {
    const preamble = await queue.takeBefore(delimiter);
    if (preamble === undefined) break;
    skipped += preamble.length;
    if (skipped > maxFieldBytes) throw new S3Error('MalformedPOSTRequest');
  }
  const fields = new Map<string, string>();
  let fieldBytes = 0;
  for (;;) {
    const rest = await queue.takeLine(maxLineBytes);
    if (rest?.startsWith('--') === true) break;
    if (rest !== '') throw new S3Error('MalformedPOSTRequest');
    const header = await readPartHeader(queue);
    if (header.name === 'file') {
      return { fields, fileName: header.fileName, file: readUntil(queue, delimiter) };
    }
    const chunks: Buffer[] = [];
    for await (const chunk of readUntil(queue, delimiter)) {
      fieldBytes += chunk.length;
      if (fieldBytes > maxFieldBytes) {
        throw new S3Error(
          'MalformedPOSTRequest',
          'Your POST request fields preceding the upload file were too large.',
        );
      }
      chunks.push(chunk);
    }
    if (!fields.has(header.name)) fields.set(header.name, Buffer.concat(chunks).toString());
    if (fields.size > 100) throw new S3Error('MalformedPOSTRequest');
  }
  throw new S3Error('InvalidArgument', 'POST requires exactly one file upload per request.', {
    ArgumentName: 'file',
    ArgumentValue: '0',
  });
}

interface PartHeader {
  readonly name: string;
  readonly fileName: string;
}

async function readPartHeader(queue: ByteQueue): Promise<PartHeader> {
  let disposition = '';
  for (let lines = 0; ; lines++) {
    const line = await queue.takeLine(maxLineBytes);
    if (line === undefined || lines > 20) throw new S3Error('MalformedPOSTRequest');
    if (line === '') break;
    const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    if (name.toLowerCase() === 'content-disposition') disposition = Buffer.from(value, 'latin1').toString();
  }
  const name = readParameter(disposition, 'name');
  if (name === undefined) throw new S3Error('MalformedPOSTRequest');
  return { name: name.toLowerCase(), fileName: readParameter(disposition, 'filename') ?? '' };
}

function readParameter(disposition: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(disposition);
  return match?.[1] ?? match?.[2];
}

async function* readUntil(queue: ByteQueue, delimiter: Buffer): AsyncGenerator<Buffer> {
  for (;;) {
    const bytes = await queue.takeBefore(delimiter);
    if (bytes === undefined) return;
    yield bytes;
  }
}
