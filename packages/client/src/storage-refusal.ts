import { factsOf, StorageError } from './storage-error.ts';

/** What the object store says in XML (S3 API reference, "Error responses"), as an error that says what to do. */
export function storageRefusal(answer: Response, xml: string): StorageError {
  const tag = (name: string) => new RegExp(`<${name}>([^<]*)`).exec(xml)?.[1];
  const s3Code = tag('Code');
  const s3Message = tag('Message');
  // S3 may begin to answer before it knows how it ends: then it says 200, and what went wrong.
  const facts = { ...factsOf(answer), ...(answer.ok && { status: 500 }), details: { s3Code, s3Message } };
  const serverTime = tag('ServerTime');
  // Said of a URL just signed, or it would have been signed anew.
  if (serverTime) {
    const asked = tag('RequestTime') ?? `a URL good until ${tag('Expires')}`;
    return new StorageError(
      'client/clock-skew',
      `Set the clocks of your servers right: the object store's says ${serverTime}, and the API's made ${asked}.`,
      facts,
    );
  }
  return new StorageError(
    'client/storage-refused',
    `Storage refused (${[answer.status, s3Code, s3Message].filter(Boolean).join(', ')}).`,
    facts,
  );
}
