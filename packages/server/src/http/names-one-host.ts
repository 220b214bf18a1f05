import type { IncomingMessage } from 'node:http';

/**
 * A registered name or an address in brackets, and a port (RFC 3986, section 3.2.2), without the comma that the grammar allows:
 * two Host headers that a proxy has made one are written with it.
 */
const hostAndPort = /^(?:\[[\da-fv.:]+\]|(?:[\w.~!$&'()*+;=-]|%[\da-f]{2})+)(?::(\d{0,5}))?$/i;
const maxPort = 65_535;

/**
 * Whether the message names the host that it is for, and in one way: two hosts behind one proxy could each take another one for
 * true. Without a Host header it may be of HTTP/1.0 only.
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
  const [found, port = ''] = hostAndPort.exec(host) ?? [];
  return found !== undefined && Number(port) <= maxPort;
}
