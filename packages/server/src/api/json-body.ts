import { invalidParameters, StorageError } from '@bkend/storage-contract';
import type { Api } from './api.ts';

/**
 * Accepts uncompressed JSON bodies alone. An empty body counts as `{}`: the published client helper announces JSON on every
 * request, also on those without a body, and an error that names a missing field helps more than one about broken JSON.
 */
export function acceptEmptyJson(app: Api): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) {
      done(null, {});
      return;
    }
    parseJson(request, body.toString(), (error, json) => {
      if (error === null) done(null, json);
      else done(explain(body.toString()));
    });
  });
  // A body of no bytes has no type: some clients name one, such as that of forms, on every POST.
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.headers['content-length'] === '0') delete request.headers['content-type'];
    done();
  });
  app.addHook('preParsing', (request, reply, _payload, done) => {
    const coding = request.headers['content-encoding'];
    const isTaken = coding === undefined || coding.trim().toLowerCase() === 'identity';
    if (isTaken || request.routeOptions.schema?.body === undefined) {
      done();
      return;
    }
    // RFC 9110, section 12.5.3: the codings that are accepted.
    reply.header('Accept-Encoding', 'identity');
    done(new StorageError('common/unsupported-media-type', 'Send the body without Content-Encoding.'));
  });
  app.addHook('preValidation', (request, _reply, done) => {
    const takesBody = request.routeOptions.schema?.body !== undefined;
    if (takesBody && request.body === undefined) request.body = {};
    done();
  });
}

/** The parser refuses broken JSON, and field names that could change prototypes where code copies objects carelessly. */
function explain(body: string): StorageError {
  const message = isJson(body)
    ? 'must have no field named "__proto__", and none named "constructor" with a "prototype"'
    : 'must be valid JSON';
  return invalidParameters([{ field: 'body', message }]);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
