import { inject } from 'vitest';
import { openObjectStore } from '../../src/s3/open-object-store.ts';
import { type OpenStore, objectStoreContract, objectStoreVolumeContract } from './contract.ts';

const { endpoint, region, accessKeyId, secretAccessKey } = inject('engines').s3;

const open: OpenStore = ({ bucket, clock }) =>
  openObjectStore({
    endpoint,
    region,
    bucket,
    credentials: { accessKeyId, secretAccessKey },
    clock,
    warn: (message, cause) => {
      throw new Error(message, { cause });
    },
  });

objectStoreContract('the object store on Ceph RGW', open);
objectStoreVolumeContract('the object store on Ceph RGW', open);
