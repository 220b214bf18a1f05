import { readRetryAfter, StorageError } from './storage-error.ts';

/**
 * What the object store says in XML (S3 API reference, "Error responses"), as an error that says what to do.
 * @param xml the answer's body
 */
export function storageRefusal(status: number, xml: string, retryAfter: string | null): StorageError {
  const tag = (name: string) => new RegExp(`<${name}>([^<]*)`).exec(xml)?.[1];
  const s3Code = tag('Code');
  const facts = {
    status,
    details: { s3Code, s3Message: tag('Message') },
    retryAfterSeconds: readRetryAfter(retryAfter),
  };
  if (s3Code === 'RequestTimeTooSkewed') {
    const clocks = `the API's says ${tag('RequestTime')}, the object store's ${tag('ServerTime')}`;
    return new StorageError('client/clock-skew', `Set the clocks of your servers right: ${clocks}.`, facts);
  }
  return new StorageError(
    'client/storage-refused',
    `Storage refused (${status}${s3Code ? ` ${s3Code}: ${facts.details.s3Message}` : ''}).`,
    facts,
  );
}
