import type { Fault, SeenRequest } from './fault-proxy.ts';
import type { Direction, Fate } from './faulty-wire.ts';
import { seededRandom, seedOf } from './random.ts';

export type Role = 'api' | 'objects';

/**
 * What a run has to go through. Every fault follows from the seed and from which request, or which connection, of the
 * run it is, so that a seed repeats a run whatever else the machine does at the time.
 */
export interface Weather {
  readonly kind: Kind;
  /** How long a client should wait for a sign of life. Short only where there is silence: a busy machine is slow too. */
  readonly stallSeconds: number;
  /** Faults that have happened. */
  readonly faults: number;
  /** For a proxy's `decide`. */
  strike(role: Role, request: SeenRequest): Fault | undefined;
  /** For a wire's `draw`. */
  fate(role: Role, connection: number): Fate | undefined;
  /** For a wire's `onStrike`. */
  count(): void;
}

type Kind = keyof typeof kinds;
const kinds = { gusts, silence, storm, outage };

/** What a kind of weather does. */
interface Harm {
  readonly strike?: Weather['strike'];
  readonly fate?: Weather['fate'];
}

type Random = () => number;

export function makeWeather(seed: number): Weather {
  const random = seededRandom(seedOf(seed, 'weather'));
  const kind = pick<Kind>(random, ['gusts', 'gusts', 'gusts', 'silence', 'storm', 'storm', 'outage']);
  const harm = kinds[kind](seed, random);
  let faults = 0;
  return {
    kind,
    stallSeconds: kind === 'silence' || kind === 'outage' ? 1 : 30,
    get faults() {
      return faults;
    },
    strike(role, request) {
      const fault = harm.strike?.(role, request);
      if (fault) faults += 1;
      return fault;
    },
    fate: (role, connection) => harm.fate?.(role, connection),
    count() {
      faults += 1;
    },
  };
}

/** Together two fewer than the client has tries: what goes through gusts must arrive, on a busy machine too. */
const maxFaultsOfRequest = 2;
const maxFatesOfRole = 2;

/** Single faults, here and there, in requests and in the connections below them. */
function gusts(seed: number): Harm {
  const asked = new Map<string, { times: number; faults: number }>();
  const fates = { api: 0, objects: 0 };
  return {
    strike(role, request) {
      // A browser asks first whether it may ask: that is no try of the client's, and would add to its faults.
      if (request.method === 'OPTIONS') return undefined;
      const identity = `${role} ${identify(request)}`;
      const known = asked.get(identity) ?? { times: 0, faults: 0 };
      asked.set(identity, known);
      const random = seededRandom(seedOf(seed, identity, known.times++));
      if (known.faults >= maxFaultsOfRequest || random() > 0.3) return undefined;
      known.faults += 1;
      return pick<() => Fault>(random, [
        () => ({ kind: 'lose-answer' }),
        () => ({ kind: 'lose-answer' }),
        () => ({ kind: 'cut', afterBytes: Math.floor(random() * 8e6) }),
        () => ({ kind: 'cut-answer', afterBytes: Math.floor(random() * 200) }),
        () => refuse(random),
        () => (request.method === 'PUT' ? { kind: 'refuse', status: 403, body: expired } : refuse(random)),
      ])();
    },
    fate(role, connection) {
      const random = seededRandom(seedOf(seed, role, connection));
      if (fates[role] >= maxFatesOfRole || random() > 0.35) return undefined;
      fates[role] += 1;
      return { kind: pick(random, ['reset', 'end']), ...somewhere(random, role) };
    },
  };
}

const expired = '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>';

/** A request and a connection of which nothing is heard any more. */
function silence(_: number, random: Random): Harm {
  const request = Math.floor(random() * 8);
  const connection = Math.floor(random() * 3);
  const role: Role = pick(random, ['api', 'objects']);
  let requests = 0;
  return {
    strike: () => (requests++ === request ? { kind: 'stall' } : undefined),
    fate: (asked, number) =>
      asked === role && number === connection ? { kind: 'freeze', ...somewhere(random, role) } : undefined,
  };
}

/** From some request on, for a few, nobody gets through. */
function storm(_: number, random: Random): Harm {
  const stormy: Role = pick(random, ['api', 'objects']);
  const from = Math.floor(random() * 6);
  const until = from + 1 + Math.floor(random() * 5);
  let requests = 0;
  return {
    strike(role) {
      if (role !== stormy) return undefined;
      const number = requests++;
      return number >= from && number < until ? refuse(random) : undefined;
    },
  };
}

/** From some request on, for good. */
function outage(_: number, random: Random): Harm {
  const [dead, fault] = pick<readonly [readonly Role[], Fault]>(random, [
    [['api'], { kind: 'cut', afterBytes: 0 }],
    [['objects'], { kind: 'cut', afterBytes: 0 }],
    [['api', 'objects'], { kind: 'cut', afterBytes: 0 }],
    [['api'], { kind: 'refuse', status: 503 }],
    [['objects'], { kind: 'refuse', status: 503 }],
    [['objects'], { kind: 'stall' }],
  ]);
  const from = 1 + Math.floor(random() * 7);
  let requests = 0;
  return { strike: (role) => (requests++ >= from && dead.includes(role) ? fault : undefined) };
}

function refuse(random: Random): Fault {
  const waits = [{}, {}, {}, { 'Retry-After': '0' }, { 'Retry-After': '0' }, { 'Retry-After': '1' }];
  return { kind: 'refuse', status: pick(random, [503, 429]), headers: pick(random, waits) };
}

/** Anything from the first byte on, in the middle of headers or of bodies. */
function somewhere(random: Random, role: Role): { towards: Direction; afterBytes: number } {
  const towards: Direction = pick(random, ['server', 'client']);
  const mostBytes = role === 'objects' && towards === 'server' ? 20e6 : 3000;
  return { towards, afterBytes: Math.ceil(mostBytes ** random()) };
}

/** What a request is for: the same for all its tries, and in every run. */
function identify({ method, path }: SeenRequest): string {
  const { pathname, searchParams } = new URL(path, 'http://service');
  if (method === 'PUT') return `PUT ${searchParams.get('partNumber') ?? 'whole'}`;
  return `${method} ${pathname.replace(/[0-9a-f-]{36}.*/, 'id')}`;
}

function pick<Choice>(random: Random, choices: readonly Choice[]): Choice {
  // The index is below the length.
  return choices[Math.floor(random() * choices.length)] as Choice;
}
