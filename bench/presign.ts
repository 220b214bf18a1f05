import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createSigner } from '@bkend/sigv4';
import type { Result } from './result.ts';

const rounds = 7;
const millisecondsARound = 500;
const targetRatio = 20;

const endpoint = 'http://127.0.0.1:4501';
const region = 'us-east-1';
const bucket = 'bkend';
const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const contentType = 'image/png';
const sizeBytes = 123_456;
const expiresInSeconds = 900;

/** Signs upload URLs, content type and length included, with our presigner and with the AWS SDK's, on one thread. */
export async function benchPresign(): Promise<Result[]> {
  const signWithOurs = signingWithOurs();
  const signWithSdk = signingWithSdk();
  await urlsPerSecond(signWithOurs);
  await urlsPerSecond(signWithSdk);
  const ours: number[] = [];
  const sdk: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await urlsPerSecond(signWithOurs));
    sdk.push(await urlsPerSecond(signWithSdk));
  }
  const ratio = median(ours) / median(sdk);
  return [
    {
      name: 'presigned PUT / @aws-sdk/s3-request-presigner',
      ours: median(ours),
      yardstick: median(sdk),
      unit: 'URLs/s',
      ratio,
      target: targetRatio,
      holds: ratio >= targetRatio,
    },
  ];
}

function signingWithOurs(): (key: string) => string {
  const signer = createSigner({ credentials, region });
  const headers = { 'content-type': contentType, 'content-length': String(sizeBytes) };
  return (key) =>
    signer.presign({
      method: 'PUT',
      endpoint,
      path: `/${bucket}/${key}`,
      headers,
      expiresInSeconds,
      at: new Date(),
    });
}

function signingWithSdk(): (key: string) => Promise<string> {
  const client = new S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const options = {
    expiresIn: expiresInSeconds,
    signableHeaders: new Set(['content-type', 'content-length']),
  };
  return (key) => {
    const upload = { Bucket: bucket, Key: key, ContentType: contentType, ContentLength: sizeBytes };
    return getSignedUrl(client, new PutObjectCommand(upload), options);
  };
}

/** One round: signs one URL after the other, each for another key. */
async function urlsPerSecond(sign: (key: string) => string | Promise<string>): Promise<number> {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  while (elapsed < millisecondsARound) {
    // In batches, so that reading the clock costs nothing.
    for (let i = 0; i < 100; i++) {
      const url = sign(`images/2026/03/0195f0a2-7c1e-7d3a-9f00-${String(count++).padStart(12, '0')}.png`);
      if (typeof url !== 'string') await url;
    }
    elapsed = performance.now() - start;
  }
  return (count / elapsed) * 1000;
}

function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.floor(ascending.length / 2)] ?? Number.NaN;
}
