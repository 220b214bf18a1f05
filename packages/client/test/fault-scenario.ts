import type { Fault, SeenRequest } from '../../test-support/src/network/fault-proxy.ts';
import type { ConnectionFault, Direction } from './fault-relay.ts';
import { seededRandom, seedOf } from './seeded.ts';

export type Role = 'api' | 'objects';

/**
 * The faults of one run. Each follows from the seed and from the number or purpose of its request or connection, so that a
 * seed repeats a run on a busy machine too.
 */
export interface FaultScenario {
  readonly kind: Kind;
  /** The client's stall timeout. Short only in scenarios with stalls: a busy machine is slow too. */
  readonly stallSeconds: number;
  /** Number of faults so far. */
  readonly faults: number;
  /** For a proxy's `decide`. */
  faultOfRequest(role: Role, request: SeenRequest): Fault | undefined;
  /** For a relay's `decide`. */
  faultOfConnection(role: Role, connection: number): ConnectionFault | undefined;
  /** For a relay's `onFault`. */
  count(): void;
}

type Kind = keyof typeof kinds;
const kinds = { sporadic, stall, burst, outage };

type Faults = Partial<Pick<FaultScenario, 'faultOfRequest' | 'faultOfConnection'>>;

type Random = () => number;

export function createFaultScenario(seed: number): FaultScenario {
  const random = seededRandom(seedOf(seed, 'scenario'));
  const kind = pick<Kind>(random, ['sporadic', 'sporadic', 'sporadic', 'stall', 'burst', 'burst', 'outage']);
  const scenario = kinds[kind](seed, random);
  let faults = 0;
  return {
    kind,
    stallSeconds: kind === 'stall' || kind === 'outage' ? 1 : 30,
    get faults() {
      return faults;
    },
    faultOfRequest(role, request) {
      const fault = scenario.faultOfRequest?.(role, request);
      if (fault) faults += 1;
      return fault;
    },
    faultOfConnection: (role, connection) => scenario.faultOfConnection?.(role, connection),
    count() {
      faults += 1;
    },
  };
}

/** In all two fewer than the client's tries: with sporadic faults an upload must succeed, on a busy machine too. */
const maxFaultsOfRequest = 2;
const maxConnectionFaultsOfRole = 2;

/** Single faults of requests and of connections. */
function sporadic(seed: number): Faults {
  const asked = new Map<string, { times: number; faults: number }>();
  const connectionFaults = { api: 0, objects: 0 };
  return {
    faultOfRequest(role, request) {
      // A browser's CORS preflight is no try of the client's, and would add to its faults.
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
    faultOfConnection(role, connection) {
      const random = seededRandom(seedOf(seed, role, connection));
      if (connectionFaults[role] >= maxConnectionFaultsOfRole || random() > 0.35) return undefined;
      connectionFaults[role] += 1;
      return { kind: pick(random, ['reset', 'end']), ...randomPoint(random, role) };
    },
  };
}

const expired = '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>';

/** One request is never answered, and one connection freezes. */
function stall(_: number, random: Random): Faults {
  const request = Math.floor(random() * 8);
  const connection = Math.floor(random() * 3);
  const role: Role = pick(random, ['api', 'objects']);
  let requests = 0;
  return {
    faultOfRequest: () => (requests++ === request ? { kind: 'stall' } : undefined),
    faultOfConnection: (asked, number) =>
      asked === role && number === connection ? { kind: 'freeze', ...randomPoint(random, role) } : undefined,
  };
}

/** One role refuses one to five requests in a row. */
function burst(_: number, random: Random): Faults {
  const failing: Role = pick(random, ['api', 'objects']);
  const from = Math.floor(random() * 6);
  const until = from + 1 + Math.floor(random() * 5);
  let requests = 0;
  return {
    faultOfRequest(role) {
      if (role !== failing) return undefined;
      const number = requests++;
      return number >= from && number < until ? refuse(random) : undefined;
    },
  };
}

/** One role, or both, fails from one of the first requests on, for good. */
function outage(_: number, random: Random): Faults {
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
  return { faultOfRequest: (role) => (requests++ >= from && dead.includes(role) ? fault : undefined) };
}

function refuse(random: Random): Fault {
  const waits = [{}, {}, {}, { 'Retry-After': '0' }, { 'Retry-After': '0' }, { 'Retry-After': '1' }];
  return { kind: 'refuse', status: pick(random, [503, 429]), headers: pick(random, waits) };
}

/** A random point of a connection, from the first byte on: in headers or in bodies. */
function randomPoint(random: Random, role: Role): { towards: Direction; afterBytes: number } {
  const towards: Direction = pick(random, ['server', 'client']);
  const mostBytes = role === 'objects' && towards === 'server' ? 20e6 : 3000;
  return { towards, afterBytes: Math.ceil(mostBytes ** random()) };
}

/** Purpose of a request: equal for all its tries, and in every run. */
function identify({ method, path }: SeenRequest): string {
  const { pathname, searchParams } = new URL(path, 'http://service');
  if (method === 'PUT') return `PUT ${searchParams.get('partNumber') ?? 'whole'}`;
  return `${method} ${pathname.replace(/[0-9a-f-]{36}.*/, 'id')}`;
}

function pick<Choice>(random: Random, choices: readonly Choice[]): Choice {
  // The index is below the length.
  return choices[Math.floor(random() * choices.length)] as Choice;
}
