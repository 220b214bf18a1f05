import { factsOf, StorageError } from '../storage-error.ts';

/**
 * Error of an object store's answer.
 * @param xml its body (S3 API reference, "Error responses")
 * @returns `client/storage-refused`, or `client/clock-skew` with the seconds between the clocks
 */
export function storageRefusal(answer: Response, xml: string): StorageError {
  const tag = (name: string) => new RegExp(`<${name}>([^<]*)`).exec(xml)?.[1] ?? '';
  const s3Code = tag('Code');
  const s3Message = tag('Message');
  // S3 may answer 200 before it knows the result, and then report an error in the body.
  const facts = { ...factsOf(answer), ...(answer.ok && { status: 500 }), details: { s3Code, s3Message } };
  // Age of the URL by the store's clock. It was signed just now: an older URL would have been signed again.
  const skew =
    (Date.parse(tag('ServerTime')) - Date.parse(tag('Expires'))) / 1000 + Number(tag('X-Amz-Expires'));
  if (skew || s3Code === 'RequestTimeTooSkewed') {
    const message = `Set the clocks right: API and object store differ by ${skew || 'some'} seconds.`;
    return new StorageError('client/clock-skew', message, facts);
  }
  const reason = [answer.status, s3Code, s3Message].filter(Boolean).join(', ');
  return new StorageError('client/storage-refused', `Storage refused (${reason}).`, facts);
}
