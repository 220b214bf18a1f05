import { StorageError } from '@bkend/storage-contract';
import type { Api } from './api.ts';
import { renderError } from './error-renderer.ts';

/**
 * A path we do not have is a 404; a path we have, under another method, a 405 that names the methods it has (RFC 9110,
 * section 15.5.6).
 */
export function answerUnknownRoutes(app: Api): void {
  const methodsOf = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    methodsOf.set(url, methods);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = [...methodsOf].find(
      ([pattern, methods]) => !methods.has('*') && matches(pattern, path),
    )?.[1];
    if (allowed === undefined) {
      return renderError(new StorageError('common/not-found', `There is no ${path} here.`), request, reply);
    }
    const allow = [...allowed].sort().join(', ');
    reply.header('Allow', allow);
    const refusal = new StorageError('common/method-not-allowed', `${path} takes ${allow}.`, {
      details: { allow: [...allowed].sort() },
    });
    return renderError(refusal, request, reply);
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
