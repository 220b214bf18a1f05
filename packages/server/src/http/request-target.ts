import type { IncomingMessage } from 'node:http';

const absoluteForm = /^https?:\/\/(?:[^/?#@]*@)?([^/?#]+)(.*)$/is;

/**
 * Brings a request whose target is in absolute form to origin form: `GET http://host/path` becomes `GET /path` with the
 * Host of the target, whatever the header says. Targets in other forms stay as they are. Everything that reads `url`,
 * `headers.host` or `rawHeaders` afterwards needs to know one form only.
 *
 * @see RFC 9112, section 3.2.2: a server must accept the absolute form, and must ignore the Host header then.
 */
export function toOriginForm(request: IncomingMessage): void {
  const { url = '/' } = request;
  if (url.startsWith('/')) return;
  const [, host, rest = ''] = absoluteForm.exec(url) ?? [];
  if (host === undefined) return;
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  request.headers.host = host;
  // Signatures are checked on these.
  const { rawHeaders } = request;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === 'host') rawHeaders[index + 1] = host;
  }
}

/**
 * The path of an origin-form target as fixed paths are compared: without the query, and with percent-encoded octets decoded where
 * that changes nothing, which is the unreserved characters (RFC 3986, section 6.2.2.2). `/%68ealth` is `/health`, but
 * `/health%2Flive` is not `/health/live`.
 */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  return path.includes('%') ? path.replace(/%[2-7][0-9a-f]/gi, decodeUnreserved) : path;
}

function decodeUnreserved(octet: string): string {
  const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16));
  return /[A-Za-z0-9._~-]/.test(character) ? character : octet;
}
