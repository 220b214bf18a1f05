import { pathOf } from '@bkend/http';
import { StorageError } from '@bkend/storage-contract';
import type { Api } from './api.ts';

/**
 * Answers 404 to an unknown path, and 405 with the allowed methods to a known path with another method (RFC 9110, section
 * 15.5.6). Both are answered before the body is read.
 */
export function answerUnknownRoutes(app: Api): void {
  const methodsOf = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    methodsOf.set(url, methods);
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) {
      done();
      return;
    }
    const path = pathOf(request.url);
    const methods = [...methodsOf].find(([pattern, set]) => !set.has('*') && matches(pattern, path))?.[1];
    if (methods === undefined) {
      done(new StorageError('common/not-found', `There is no route ${path}.`));
      return;
    }
    const allow = [...methods].sort();
    reply.header('Allow', allow.join(', '));
    const message = `${path} takes ${allow.join(', ')}.`;
    done(new StorageError('common/method-not-allowed', message, { details: { allow } }));
  });
}

function matches(pattern: string, path: string): boolean {
  const expected = pattern.split('/');
  const actual = path.split('/');
  return (
    expected.length === actual.length &&
    expected.every((segment, index) => segment.startsWith(':') || segment === actual[index])
  );
}
