import { putSigned } from './signed-put.ts';
import { bodySize } from './source.ts';
import type { StoredBytes, UploadRun } from './upload-run.ts';
import { usableUntil } from './url-life.ts';
import type { SignedPut } from './wire.ts';

/** Uploads in one PUT. A new URL comes with a new key, so a key that was given up never becomes a file. */
export async function putWhole(run: UploadRun, size: number): Promise<StoredBytes> {
  const { api, source, signal, filename, contentType } = run;
  const { visibility, category } = run.description;
  const body = await source.read(0, size);
  let signed: SignedPut | undefined;
  let goodUntil = 0;
  const sign = async (refused: boolean) => {
    if (signed && !refused && performance.now() < goodUntil) return signed;
    const body = { filename, contentType, fileSize: size, visibility, category };
    signed = await api<SignedPut>({ path: '/files/presigned-url', body });
    goodUntil = usableUntil(signed.expiresAt);
    run.place = { key: signed.key };
    return signed;
  };
  const onSent = (bytes: number) => {
    run.meter.bytes = bytes;
    if (run.place && bytes === size) run.place.mayExist = true;
  };
  await putSigned(run, { body, sign, onSent, signal });
  if (!signed) throw new Error('A PUT succeeded that was never signed.');
  return { key: signed.key, size: bodySize(body) };
}
