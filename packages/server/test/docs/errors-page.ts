import { errorCodes } from '@bkend/storage-contract';
import { code, generatedFrom, page, table } from './markdown.ts';

/** Renders `docs/errors.md` from the table of error codes. */
export function renderErrorsPage(): string {
  const groups = [
    ['common', 'Any endpoint'],
    ['auth', 'Keys and tokens'],
    ['file', 'Files and uploads'],
    ['user', 'Users'],
  ] as const;
  return page(
    generatedFrom('packages/contract/src/errors/error-codes.ts'),
    '# Error codes',
    'Every error of the API and of the images host has one shape. `code` is stable: clients may compare it, and no code is ever renamed. `message` is for people and may change; it is there twice because published client helpers read either field. `details` has what a program can act on.',
    [
      '```json',
      JSON.stringify(
        {
          success: false,
          error: { code: 'file/not-found', message: 'There is no such file.', details: {} },
          message: 'There is no such file.',
          statusCode: errorCodes['file/not-found'].status,
          requestId: '0198f3a2-1111-7abc-8def-0123456789ab',
        },
        null,
        2,
      ),
      '```',
    ].join('\n'),
    'Every answer has `X-Request-Id`, the `requestId` of the service’s log. Errors with 429 and 503 have `Retry-After` in seconds. For faults of the service (500 and above) `message` hides the cause, and `details` is empty. An error answer has at most 16 KiB.',
    'The embedded object store answers with S3’s own error documents in XML; see [the store](store.md).',
    ...groups.map(([prefix, title]) =>
      page(
        `## ${title}`,
        table(
          ['code', 'status', 'meaning', 'what the client should do'],
          Object.entries(errorCodes)
            .filter(([name]) => name.startsWith(`${prefix}/`))
            .map(([name, { status, meaning, remedy }]) => [code(name), `${status}`, meaning, remedy]),
        ),
      ).trimEnd(),
    ),
  );
}
