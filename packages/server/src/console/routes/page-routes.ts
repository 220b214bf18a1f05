import { extname } from 'node:path';
import { evaluatePreconditions, pathOf } from '@bkend/http';
import { StorageError } from '@bkend/storage-contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ConsoleApp, ConsoleDeps } from '../console-app.ts';

/** Answers the console's files; a path without a file is a screen of the one page. Names in `/assets/` change with their contents. */
export function pageRoutes(app: ConsoleApp, { staticFiles }: Pick<ConsoleDeps, 'staticFiles'>): void {
  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    const path = pathOf(request.url);
    const isScreen = extname(path) === '' && !/^\/(?:api|assets)(?:\/|$)/.test(path);
    const file = staticFiles.get(isScreen ? '/index.html' : path);
    if (file === undefined) {
      const isBuilt = staticFiles.has('/index.html');
      throw new StorageError(
        'common/not-found',
        isBuilt ? `There is no route ${path}.` : 'The console is not built: run "npm run build".',
      );
    }
    const isLasting = path.startsWith('/assets/');
    reply.headers({
      'Cache-Control': isLasting ? 'public, max-age=31536000, immutable' : 'no-cache',
      ETag: file.etag,
      Vary: 'Accept-Encoding',
    });
    if (evaluatePreconditions(request.headers, file.etag) === 'unchanged') return reply.code(304).send();
    const takesBrotli = /\bbr\b/.test(String(request.headers['accept-encoding'] ?? ''));
    reply.type(file.type);
    if (file.brotli && takesBrotli) return reply.header('Content-Encoding', 'br').send(file.brotli);
    return reply.send(file.bytes);
  };
  app.get('/*', { config: { takesNoKey: true }, schema: { hide: true } }, answer);
}
