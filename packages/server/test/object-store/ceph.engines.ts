import { inject } from 'vitest';
import { openObjectStore } from '../../src/s3/open-object-store.ts';
import { objectStoreContract } from './contract.ts';

const { endpoint, region, accessKeyId, secretAccessKey } = inject('engines').s3;

objectStoreContract('the object store on Ceph RGW', ({ bucket, clock }) =>
  openObjectStore({
    endpoint,
    region,
    bucket,
    credentials: { accessKeyId, secretAccessKey },
    clock,
    warn: (message, cause) => {
      throw new Error(message, { cause });
    },
  }),
);
