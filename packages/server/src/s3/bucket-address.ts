import { isIP } from 'node:net';

/** The origin and base path of a bucket's objects. */
export interface BucketAddress {
  /** `scheme://host[:port]` */
  readonly origin: string;
  /** Not encoded; begins and, when it is more than that, ends with `/`. An object's path is this and its key. */
  readonly basePath: string;
}

/** A bucket of an S3. */
export interface BucketLocation {
  /** `scheme://host[:port]` as this process reaches the store; absent: AWS, in `region`. */
  readonly endpoint?: string | undefined;
  /** The endpoint as clients reach it, where it differs; presigned URLs have this one. */
  readonly publicEndpoint?: string | undefined;
  readonly region: string;
  readonly bucket: string;
  /** Whether the bucket is part of the path and not of the host; absent: yes when there is an `endpoint`. */
  readonly forcePathStyle?: boolean | undefined;
}

/**
 * The address that clients use.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function publicAddressOf(where: BucketLocation): BucketAddress {
  return addressAt(where.publicEndpoint ?? where.endpoint, where);
}

/** The address that this process uses. */
export function ownAddressOf(where: BucketLocation): BucketAddress {
  return addressAt(where.endpoint, where);
}

function addressAt(url: string | undefined, where: BucketLocation): BucketAddress {
  const endpoint = new URL(url ?? awsEndpoint(where.region));
  if (usesPathStyle(where)) return { origin: endpoint.origin, basePath: `/${where.bucket}/` };
  return { origin: `${endpoint.protocol}//${where.bucket}.${endpoint.host}`, basePath: '/' };
}

/**
 * Whether the bucket is part of the path: where it is set so, and where it cannot be part of the host, at an IP address or with
 * a dot or capitals in its name, which no wildcard certificate covers.
 */
export function usesPathStyle(where: BucketLocation): boolean {
  const { endpoint, forcePathStyle = endpoint !== undefined } = where;
  if (forcePathStyle || !hostLabel.test(where.bucket)) return true;
  return [endpoint, where.publicEndpoint].some((each) => each !== undefined && isAddress(each));
}

/** The part of a bucket name rule that RFC 1123 shares: one DNS label of three letters or more. */
const hostLabel = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

function isAddress(endpoint: string): boolean {
  return isIP(new URL(endpoint).hostname.replace(/^\[|\]$/g, '')) !== 0;
}

/** @see https://docs.aws.amazon.com/general/latest/gr/s3.html */
function awsEndpoint(region: string): string {
  return `https://s3.${region}.${awsSuffixes[region.split('-')[0] ?? ''] ?? 'amazonaws.com'}`;
}

/** Partitions of AWS with a domain of their own, by how their regions begin. */
const awsSuffixes: Readonly<Record<string, string>> = { cn: 'amazonaws.com.cn', eusc: 'amazonaws.eu' };
