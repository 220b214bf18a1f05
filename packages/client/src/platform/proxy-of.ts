import { StorageError } from '../storage-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for a URL, as curl reads it: `https_proxy` and `http_proxy`, by the URL's scheme, else
 * `all_proxy`, in lower or upper case; `no_proxy` lists hosts that are asked directly.
 * @throws `client/invalid-input` for what is no address of a proxy over HTTP
 */
export function proxyOf(url: URL, env: Environment): URL | undefined {
  const scheme = url.protocol.slice(0, -1);
  const value = read(env, `${scheme}_proxy`) ?? read(env, 'all_proxy');
  if (value === undefined || isDirect(url, read(env, 'no_proxy') ?? '')) return undefined;
  const text = value.includes('://') ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  throw new StorageError('client/invalid-input', `The proxy that ${scheme}_proxy names is none over HTTP.`);
}

/** In a CGI program `HTTP_PROXY` is a header of its caller (https://httpoxy.org). */
function read(env: Environment, name: string): string | undefined {
  const isOfCaller = name === 'http_proxy' && env.REQUEST_METHOD !== undefined;
  return env[name] || (isOfCaller ? undefined : env[name.toUpperCase()]) || undefined;
}

/** @param list `*`, or names of hosts (with what stands below them) and addresses, each with a port or for all */
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
        /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(isAddress6(entry) ? `[${entry}]` : entry) ?? [];
      const base = name.replace(/^\*?\./, '');
      return (only === undefined || only === ownPort) && (host === base || host.endsWith(`.${base}`));
    });
}

/** Its colons are no port's. */
function isAddress6(entry: string): boolean {
  return !entry.startsWith('[') && entry.split(':').length > 2;
}
