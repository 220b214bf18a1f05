import type { FastifyReply } from 'fastify';
import { sessionLifeMs } from '../identity/operators/sign-in.ts';

/** The cookie of a session. Its name has the port, since cookies do not: other consoles of a machine keep theirs. */
export interface SessionCookie {
  /** Returns the id of the session that a request names. */
  read(cookies: string | undefined): string | undefined;
  write(reply: FastifyReply, id: string): void;
  clear(reply: FastifyReply): void;
}

/** @param publicUrl URL of the console; under https the browser takes the cookie from this host over TLS alone (`__Host-`) */
export function createSessionCookie(publicUrl: string): SessionCookie {
  const { protocol, port } = new URL(publicUrl);
  const isSecure = protocol === 'https:';
  const name = `${isSecure ? '__Host-' : ''}bkend_console${port && `_${port}`}`;
  const attributes = `HttpOnly; SameSite=Strict; Path=/${isSecure ? '; Secure' : ''}`;
  const set = (reply: FastifyReply, value: string, maxAgeSeconds: number) =>
    reply.header('Set-Cookie', `${name}=${value}; Max-Age=${maxAgeSeconds}; ${attributes}`);
  return {
    read: (cookies = '') =>
      cookies
        .split(';')
        .map((pair) => pair.trim())
        .find((pair) => pair.startsWith(`${name}=`))
        ?.slice(name.length + 1),
    write: (reply, id) => void set(reply, id, Math.floor(sessionLifeMs / 1000)),
    clear: (reply) => void set(reply, '', 0),
  };
}
