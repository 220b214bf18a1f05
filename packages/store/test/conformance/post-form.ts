import { createHmac } from 'node:crypto';
import { credentials, type RawResponse, type RunningStore, region, sendRaw } from '../running-store.ts';

/** The clock of the stores that get these forms. */
export const now = new Date('2026-03-01T12:00:00Z');

const date = '20260301';
export const credential = `${credentials.accessKeyId}/${date}/${region}/s3/aws4_request`;

function signPolicy(policy: string): string {
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const scope = [date, region, 's3', 'aws4_request'];
  const key = scope.reduce<string | Buffer>(mac, `AWS4${credentials.secretAccessKey}`);
  return mac(key, policy).toString('hex');
}

export const signatureFields = {
  'x-amz-algorithm': 'AWS4-HMAC-SHA256',
  'x-amz-credential': credential,
  'x-amz-date': `${date}T120000Z`,
};

export const ofSignature = Object.entries(signatureFields).map(([k, v]) => ({ [k]: v }));
export const policyOf = (conditions: readonly unknown[]) =>
  JSON.stringify({ expiration: '2026-03-01T13:00:00Z', conditions });

export interface Form {
  readonly fields?: Record<string, string>;
  /** Besides those of the signature and of the bucket. */
  readonly conditions?: readonly unknown[];
  /** The policy as text, instead of one with these conditions. */
  readonly policy?: string;
  /** Instead of the right ones; empty ones are left out. */
  readonly changed?: Record<string, string>;
  readonly file?: string;
  readonly fileName?: string;
  readonly path?: string;
}

/** Sends a form as a browser would. */
export async function postForm(store: RunningStore, form: Form): Promise<RawResponse> {
  const { fields = { key: 'foo.txt' }, conditions = [['starts-with', '$key', 'foo']], file = 'bar' } = form;
  const all = policyOf([{ bucket: 'bucket' }, ...ofSignature, ...conditions]);
  const policy = Buffer.from(form.policy ?? all).toString('base64');
  const signed = {
    ...fields,
    ...signatureFields,
    policy,
    'x-amz-signature': signPolicy(policy),
    ...form.changed,
  };
  const parts = Object.entries(signed)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  const fileName = form.fileName ?? 'file.txt';
  const body = `${parts.join('')}--x\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\nContent-Type: text/html\r\n\r\n${file}\r\n--x--\r\n`;
  return await sendRaw(store.endpoint, {
    method: 'POST',
    target: form.path ?? '/bucket',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: Buffer.from(body),
  });
}
