import { once } from 'node:events';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { createServer } from '../create-server.ts';
import { forwardTo, type ServiceLogin } from './forward.ts';
import { addTextTools, type UploadText } from './text-tools.ts';

/**
 * Serves the Model Context Protocol on standard input and output until the client closes them. Standard output has messages of the
 * protocol and nothing else.
 */
export async function serveMcp({
  login,
  uploadText,
  version,
}: {
  readonly login: ServiceLogin;
  readonly uploadText: UploadText;
  /** The version of bkend storage. */
  readonly version: string;
}): Promise<void> {
  const methods = addTextTools(forwardTo(login), uploadText);
  // A pipe that breaks is closed without an end.
  const ended = Promise.race(['end', 'close'].map((event) => once(process.stdin, event)));
  const connection = serveStdio(() => createServer(methods, version));
  await ended;
  await connection.close();
}
