import { putSigned } from './signed-put.ts';
import type { UploadRun } from './upload-run.ts';
import { usableUntil } from './url-life.ts';
import type { SignedPut } from './wire.ts';

/** Uploads in one PUT. A new URL comes with a new key, so a key that was given up never becomes a file. */
export async function putWhole(run: UploadRun, size: number): Promise<void> {
  const call = { path: '/files/presigned-url', body: { ...run.announcement, fileSize: size } };
  const presign = async (tries?: { tries: 1 }) => {
    const signed = await run.api<SignedPut>({ ...call, ...tries });
    run.place = { key: signed.key };
    run.mayExist = true;
    return { ...signed, goodUntil: usableUntil(signed.expiresAt) };
  };
  let signed = await presign();
  await putSigned(run, await run.source.read(0, size), async (isRefused) => {
    if (isRefused || performance.now() > signed.goodUntil) signed = await presign({ tries: 1 });
    return signed;
  });
}
