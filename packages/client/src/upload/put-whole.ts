import type { SignedPut } from '../wire.ts';
import { putSigned, usableUntil } from './put-signed.ts';
import type { OnOpen, PreparedUpload, SentUpload, UploadContext } from './upload-context.ts';

/** Uploads in one PUT. Each new URL has a new key, so bytes sent to an abandoned key never become a file. */
export async function putWhole(
  context: UploadContext,
  { source, announcement, replaces, size }: PreparedUpload & { readonly size: number },
  onOpen: OnOpen,
): Promise<SentUpload> {
  const within = replaces ? `/files/${encodeURIComponent(replaces.fileId)}/content` : '/files';
  const call = { path: `${within}/presigned-url`, body: { ...announcement, fileSize: size } };
  const presign = async (tries?: { tries: 1 }) => {
    const signed = await context.api<SignedPut>({ ...call, ...tries });
    const upload = { key: signed.key, size };
    onOpen(upload);
    return { ...signed, upload, goodUntil: usableUntil(signed.expiresAt) };
  };
  let target = await presign();
  const body = await source.read(0, size);
  const sign = async (isRefused?: boolean) => {
    if (isRefused || performance.now() > target.goodUntil) target = await presign({ tries: 1 });
    return target;
  };
  await putSigned(context, { source, body, sign });
  return target.upload;
}
