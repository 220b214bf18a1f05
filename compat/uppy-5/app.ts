import { createStorage } from '@bkend/storage';
import { uppyPreset } from '@bkend/storage/uppy';
import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';

/** The app that the tests open: Uppy 5 with our preset. */
globalThis.connectUppy = (options) => {
  const preset = uppyPreset(createStorage(options), { metadata: { tags: [options.tag] } });
  const uppy = new Uppy();
  uppy.use(AwsS3, preset.options);
  preset.registerFrom(uppy);
  return uppy;
};
