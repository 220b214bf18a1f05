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

/**
 * A registered name or an address in brackets, and a port (RFC 3986, section 3.2.2), without the comma that the grammar allows:
 * two Host headers that a proxy has made one are written with it.
 */
const hostAndPort = /^(?:\[[\da-fv.:]+\]|(?:[\w.~!$&'()*+;=-]|%[\da-f]{2})+)(?::(\d{0,5}))?$/i;
const maxPort = 65_535;

/** The valid host that was named last: nearly all requests of a process name the same one. */
let lastHost: string | undefined;

/**
 * Whether the message names the host that it is for, and in one way: two hosts behind one proxy could each take another one for
 * true. Only HTTP/1.0 requests may have no Host header.
 *
 * @see RFC 9112, section 3.2: a server must answer 400 otherwise.
 */
export function namesOneHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  let host: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length !== 4 || name.toLowerCase() !== 'host') continue;
    if (host !== undefined) return false;
    host = rawHeaders[index + 1] ?? '';
  }
  if (host === undefined) return httpVersion === '1.0';
  if (host === lastHost) return true;
  const [found, port = ''] = hostAndPort.exec(host) ?? [];
  if (found === undefined || Number(port) > maxPort) return false;
  lastHost = host;
  return true;
}

/**
 * Whether the body has no transfer coding, or `chunked` alone. Node frames `gzip, chunked` by its chunks and hands out bytes that are
 * still compressed, under a length that means something else.
 *
 * @see RFC 9112, section 6.1: a server answers 501 to a transfer coding that it does not understand.
 */
export function hasKnownTransferCoding({ headers }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding'];
  return coding === undefined || coding.trim().toLowerCase() === 'chunked';
}

/**
 * Value for `server.maxHeadersCount`: all headers that fit the size limit are read. By default Node drops those
 * beyond the 2,000th, though it has framed the message by them: a second Host or a second length there would go unseen.
 */
export const allHeaders = 0;
