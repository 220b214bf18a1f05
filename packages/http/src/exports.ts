export { type ClientAddress, createClientAddress } from './client-address.ts';
export {
  type ConnectionRules,
  Connections,
  cutIdleConnections,
  isEndingConnection,
  lingerOnClose,
} from './connections.ts';
export { createHost, type Host, type HostOptions, type Intercept, type Listener } from './create-host.ts';
export { evaluatePreconditions, matchesStrongly, matchesWeakly, quoteEtag } from './entity-tags.ts';
export { FairGate, type FairGateRules, type GateCaller } from './fair-gate.ts';
export { answerFixedPath, type FixedPaths } from './fixed-paths.ts';
export { allowedOrigin, uniteOrigins } from './origins.ts';
export { type RangedRepresentation, requestedRange } from './range.ts';
export { limitByAddress, RateLimit, type Taken, tooManyRequests } from './rate-limit.ts';
export { type ClientError, isUnknownMethod, refuseBrokenMessages } from './refuse-connection.ts';
export { allHeaders, hasKnownTransferCoding, namesOneHost, pathOf, toOriginForm } from './request-head.ts';
export { batchedEnd, FramedResponse } from './responses.ts';
export type { TextAnswer } from './send-error.ts';
export { defaultRetryAfterSeconds, retryHeaders, sendError } from './send-error.ts';
