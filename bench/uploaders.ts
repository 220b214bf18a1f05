/** Other upload programs, each with its defaults, into one bucket. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createSigner } from '@bkend/sigv4';

/** A bucket, and credentials that may write to it. */
export interface Bucket {
  readonly endpoint: string;
  readonly name: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Uploads a file, or all files of a folder. */
export type Uploader = (path: string) => Promise<unknown>;

const region = 'us-east-1';

/** `curl -T` to a presigned URL: one PUT. */
export function curl({ endpoint, name, credentials }: Bucket): Uploader {
  const signer = createSigner({ credentials, region });
  return (path) => {
    const request = { method: 'PUT', endpoint, path: `/${name}/bench/${randomUUID()}` };
    const url = signer.presign({ ...request, expiresInSeconds: 3600, at: new Date() });
    return run('curl', ['--silent', '--fail', '--globoff', '--upload-file', path, url]);
  };
}

/** The AWS SDK's own multipart upload of a stream. */
export function libStorage({ endpoint, name, credentials }: Bucket): Uploader {
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  return (path) => {
    const object = { Bucket: name, Key: `bench/${randomUUID()}`, Body: createReadStream(path) };
    return new Upload({ client, params: object }).done();
  };
}

/** `aws s3 cp`; for a folder with `--recursive`. */
export function aws({ endpoint, name, credentials }: Bucket, args: readonly string[] = []): Uploader {
  return (path) =>
    run(
      'aws',
      ['--endpoint-url', endpoint, 's3', 'cp', '--quiet', ...args, path, `s3://${name}/${target(path)}`],
      {
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_DEFAULT_REGION: region,
        AWS_CONFIG_FILE: '/dev/null',
      },
    );
}

/** `rclone copyto` of a file or a folder. */
export function rclone(bucket: Bucket): Uploader {
  return (path) => runRclone(bucket, ['copyto', path, `bench:${bucket.name}/${target(path)}`]);
}

/** `rclone sync --checksum` of a folder, always to the same prefix. */
export function rcloneSync(bucket: Bucket): Uploader {
  const prefix = `bench/${randomUUID()}`;
  return (path) => runRclone(bucket, ['sync', '--checksum', path, `bench:${bucket.name}/${prefix}`]);
}

function runRclone({ endpoint, credentials }: Bucket, args: readonly string[]): Promise<void> {
  return run('rclone', ['--quiet', ...args], {
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_BENCH_TYPE: 's3',
    RCLONE_CONFIG_BENCH_PROVIDER: 'Other',
    RCLONE_CONFIG_BENCH_ENDPOINT: endpoint,
    RCLONE_CONFIG_BENCH_REGION: region,
    RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: credentials.accessKeyId,
    RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
}

/** Whether a program can be started. */
export function isInstalled(program: string): Promise<boolean> {
  return run(program, ['--version']).then(
    () => true,
    () => false,
  );
}

function target(path: string): string {
  return `bench/${randomUUID()}/${basename(path)}`;
}

async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${program} ended with ${code}.`);
}
