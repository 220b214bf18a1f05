import { createStorage } from '@bkend/storage';

/** A program that uploads one file: its memory is the client's. Says when it is ready, and begins when it hears so. */
const { BKEND_URL: url = '', BKEND_KEY: apiKey = '', BKEND_FILE: path = '' } = process.env;
const storage = createStorage({ url, apiKey, journal: false });
// Everything is loaded and has run once.
await storage.upload('warm');
process.send?.('ready');
process.once('message', async () => {
  const { size } = await storage.upload({ path });
  process.send?.(size);
  process.disconnect();
});
