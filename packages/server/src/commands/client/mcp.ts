import type { UploadOptions } from '@bkend/storage';
import { readEnv } from '../../config/env.ts';
import { serveMcp } from '../../mcp/stdio/serve-stdio.ts';
import { readVersion } from '../../package-file.ts';
import { readLogin } from './login-file.ts';
import { openClient } from './open-client.ts';

/** `mcp`: serves tools for AI on standard input and output, with the credentials of the login. */
export async function mcp(): Promise<void> {
  const login = await readLogin(readEnv());
  const storage = await openClient();
  await serveMcp({
    login,
    version: readVersion(),
    // The API checks visibility and category.
    uploadText: ({ text, ...options }) =>
      storage.upload(new TextEncoder().encode(text), options as UploadOptions),
  });
}
