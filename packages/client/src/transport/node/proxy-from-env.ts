import { StorageError } from '../../storage-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL, by the variables that curl reads: `https_proxy` or `http_proxy` by the URL's scheme, else
 * `all_proxy`, in lower or upper case; `no_proxy` lists hosts that need none.
 * @throws `client/invalid-input` when the value is no URL of an HTTP proxy
 */
export function proxyFromEnv(url: URL, env: Environment): URL | undefined {
  const scheme = url.protocol.slice(0, -1);
  const value = read(env, `${scheme}_proxy`) ?? read(env, 'all_proxy');
  if (value === undefined || isDirect(url, read(env, 'no_proxy') ?? '')) return undefined;
  const text = value.includes('://') ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  throw new StorageError('client/invalid-input', `${scheme}_proxy names no HTTP proxy.`);
}

/** Not `HTTP_PROXY` in a CGI program, where it is the request header `Proxy` (https://httpoxy.org). */
function read(env: Environment, name: string): string | undefined {
  const isRequestHeader = name === 'http_proxy' && env.REQUEST_METHOD !== undefined;
  return env[name] || (isRequestHeader ? undefined : env[name.toUpperCase()]) || undefined;
}

/** @param list `*`, or host names (their subdomains included) and addresses, each with or without a port */
function isDirect({ hostname, port, protocol }: URL, list: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  const ownPort = port || (protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', only] =
        /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(isIPv6(entry) ? `[${entry}]` : entry) ?? [];
      const base = name.replace(/^\*?\./, '');
      return (only === undefined || only === ownPort) && (host === base || host.endsWith(`.${base}`));
    });
}

/** An IPv6 address, whose colons do not start a port. */
function isIPv6(entry: string): boolean {
  return !entry.startsWith('[') && entry.split(':').length > 2;
}
