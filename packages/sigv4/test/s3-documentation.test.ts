/**
 * The worked examples of AWS's S3 API reference, number for number.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
 */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  chunkSignature,
  createSigner,
  trailerSignature,
  type VerifyOptions,
  verifyPostPolicy,
  verifyRequest,
} from '../src/index.ts';
import { received } from './endpoint.ts';

const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const at = new Date('2013-05-24T00:00:00Z');
const endpoint = 'https://examplebucket.s3.amazonaws.com';
const signer = createSigner({ credentials: { accessKeyId, secretAccessKey }, region: 'us-east-1' });
const options: VerifyOptions = {
  region: 'us-east-1',
  now: at,
  findSecret: (id) => (id === accessKeyId ? secretAccessKey : undefined),
};

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const signatureOf = (headers: Record<string, string>) => headers.authorization?.split('Signature=')[1];

describe('the Authorization header examples', () => {
  const examples = [
    {
      name: 'GET Object',
      request: { method: 'GET', path: '/test.txt', headers: { Range: 'bytes=0-9' } },
      body: '',
      signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
    {
      name: 'PUT Object',
      request: {
        method: 'PUT',
        path: '/test$file.text',
        headers: { Date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      },
      body: 'Welcome to Amazon S3.',
      signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    },
    {
      name: 'GET Bucket Lifecycle',
      request: { method: 'GET', path: '/', query: { lifecycle: '' } },
      body: '',
      signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    },
    {
      name: 'GET Bucket (List Objects)',
      request: { method: 'GET', path: '/', query: { 'max-keys': '2', prefix: 'J' } },
      body: '',
      signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    },
  ];

  test.each(examples)('$name is signed as documented, and verified', ({ request, body, signature }) => {
    const payloadHash = sha256(body);
    const headers = signer.sign({ ...request, endpoint, payloadHash, at });
    expect(signatureOf(headers)).toBe(signature);

    const query = 'query' in request ? `?${new URLSearchParams(request.query)}` : '';
    const arrived = received(request.method, `${endpoint}${request.path}${query}`, headers);
    expect(verifyRequest(arrived, options)).toMatchObject({ kind: 'header', accessKeyId, payloadHash });
  });
});

test('the presigned URL example is made as documented, and verified', () => {
  const url = signer.presign({ method: 'GET', endpoint, path: '/test.txt', expiresInSeconds: 86_400, at });
  expect(url).toBe(
    'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
  expect(verifyRequest(received('GET', url), options)).toMatchObject({ kind: 'query', accessKeyId });
});

describe('the chunked upload examples', () => {
  const chunkHashes = [sha256('a'.repeat(65_536)), sha256('a'.repeat(1024)), sha256('')];
  const upload = {
    method: 'PUT',
    endpoint: 'https://s3.amazonaws.com',
    path: '/examplebucket/chunkObject.txt',
    at,
  };

  test('every chunk continues the chain from the signature of the request', () => {
    const payloadHash = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
    const headers = signer.sign({
      ...upload,
      headers: {
        'content-encoding': 'aws-chunked',
        'content-length': '66824',
        'x-amz-decoded-content-length': '66560',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      },
      payloadHash,
    });
    const request = received('PUT', upload.endpoint + upload.path, headers);
    const { chunkSigning } = verifyRequest(request, options);
    if (chunkSigning === undefined)
      throw new Error('a signed stream comes with what its chunks are checked by');
    expect(chunkSigning.seedSignature).toBe(
      '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    );

    const chain = chainOf(chunkHashes, chunkSigning);
    expect(chain).toEqual([
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ]);
  });

  test('the trailer ends the chain', () => {
    const payloadHash = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
    const headers = signer.sign({
      ...upload,
      headers: {
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': '66560',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'x-amz-trailer': 'x-amz-checksum-crc32c',
      },
      payloadHash,
    });
    const request = received('PUT', upload.endpoint + upload.path, headers);
    const { chunkSigning } = verifyRequest(request, options);
    if (chunkSigning === undefined)
      throw new Error('a signed stream comes with what its chunks are checked by');
    expect(chunkSigning.seedSignature).toBe(
      '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
    );

    const chain = chainOf(chunkHashes, chunkSigning);
    expect(chain).toEqual([
      'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
      '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
      '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
    ]);
    const trailerHash = sha256('x-amz-checksum-crc32c:sOO8/Q==\n');
    expect(trailerSignature(chunkSigning, chain[2] ?? '', trailerHash)).toBe(
      'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
    );
  });

  function chainOf(
    hashes: string[],
    chunkSigning: Parameters<typeof chunkSignature>[0] & { seedSignature: string },
  ) {
    let previous = chunkSigning.seedSignature;
    return hashes.map((hash) => {
      previous = chunkSignature(chunkSigning, previous, hash);
      return previous;
    });
  }
});

test('the POST policy example is verified, and nothing but it', () => {
  // The document is signed with the line ends it was published with.
  const policy = Buffer.from(
    [
      '{ "expiration": "2015-12-30T12:00:00.000Z",',
      '  "conditions": [',
      '    {"bucket": "sigv4examplebucket"},',
      '    ["starts-with", "$key", "user/user1/"],',
      '    {"acl": "public-read"},',
      '    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},',
      '    ["starts-with", "$Content-Type", "image/"],',
      '    {"x-amz-meta-uuid": "14365123651274"},',
      '    {"x-amz-server-side-encryption": "AES256"},',
      '    ["starts-with", "$x-amz-meta-tag", ""],',
      '',
      '    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},',
      '    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},',
      '    {"x-amz-date": "20151229T000000Z" }',
      '  ]',
      '}',
    ].join('\r\n'),
  ).toString('base64');
  const fields = {
    policy,
    algorithm: 'AWS4-HMAC-SHA256',
    credential: 'AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request',
    date: '20151229T000000Z',
    signature: '8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e',
  };
  expect(verifyPostPolicy(fields, options)).toEqual({ accessKeyId });
  const otherPolicy = Buffer.from('{"conditions":[]}').toString('base64');
  expect(() => verifyPostPolicy({ ...fields, policy: otherPolicy }, options)).toThrow(
    expect.objectContaining({ code: 'SignatureDoesNotMatch', status: 403 }),
  );
});
