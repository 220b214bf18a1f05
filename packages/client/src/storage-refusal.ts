import { factsOf, StorageError } from './storage-error.ts';

/** What the object store says in XML (S3 API reference, "Error responses"), as an error that says what to do. */
export function storageRefusal(answer: Response, xml: string): StorageError {
  const tag = (name: string) => new RegExp(`<${name}>([^<]*)`).exec(xml)?.[1] ?? '';
  const s3Code = tag('Code');
  const s3Message = tag('Message');
  // S3 may begin to answer before it knows how it ends: then it says 200, and what went wrong.
  const facts = { ...factsOf(answer), ...(answer.ok && { status: 500 }), details: { s3Code, s3Message } };
  // How old the URL is by the store's clock. It was signed just now, or it would have been signed anew.
  const skew =
    (Date.parse(tag('ServerTime')) - Date.parse(tag('Expires'))) / 1000 + Number(tag('X-Amz-Expires'));
  if (skew || s3Code === 'RequestTimeTooSkewed') {
    const message = `Set the clocks right: API and object store differ by ${skew || 'some'} seconds.`;
    return new StorageError('client/clock-skew', message, facts);
  }
  const reason = [answer.status, s3Code, s3Message].filter(Boolean).join(', ');
  return new StorageError('client/storage-refused', `Storage refused (${reason}).`, facts);
}
