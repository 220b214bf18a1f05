import { objectStoreVolumeContract } from './contract.ts';
import { startEmbeddedStore } from './embedded-store.ts';

objectStoreVolumeContract('the object store on the embedded store', startEmbeddedStore());
