import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

/** One page of an app on an origin of its own: its requests to API and storage are cross-origin. */
export interface WebServer extends AsyncDisposable {
  readonly url: string;
}

/**
 * Serves an empty page with one script.
 * @param script name of a file beside this one, bundled as by an app's build
 */
export async function serveApp(script: string, options: BuildOptions = {}): Promise<WebServer> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, script)],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
    ...options,
    write: false,
  });
  const code = outputFiles[0]?.text;
  const pages: Record<string, { type: string; body: string | undefined } | undefined> = {
    '/': {
      type: 'text/html',
      body: '<!doctype html><title>App</title><script type="module" src="/app.js"></script>',
    },
    '/app.js': { type: 'text/javascript', body: code },
  };
  const server = createServer(({ url = '/' }, answer) => {
    const page = pages[url];
    answer.writeHead(page ? 200 : 404, { 'Content-Type': `${page?.type ?? 'text/plain'}; charset=utf-8` });
    answer.end(page?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    // A server that listens on TCP has such an address.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
