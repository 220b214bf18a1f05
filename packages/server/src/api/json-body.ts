import type { Api } from './api.ts';

/**
 * JSON is the only body taken. An empty one counts as `{}`: the published client helper announces JSON on every request,
 * also on those without a body, and most answers to it are about a missing field rather than about broken JSON.
 */
export function acceptEmptyJson(app: Api): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, {});
    else parseJson(request, body.toString(), done);
  });
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.routeOptions.schema?.body !== undefined) request.body ??= {};
    done();
  });
}
