import { StorageError } from '@bkend/storage-contract';
import { essenceOf } from '../../files/mime-type.ts';
import type { EnvironmentSettings } from '../../projects/settings-table.ts';
import { detectionBytes, detectType, isText } from './detect-type.ts';
import { areEquivalent, isKnownType, isTextType, mayBeText } from './type-families.ts';

/**
 * How many of a file's first bytes are read to check its content.
 * @returns 0 where the environment checks none, and for types of which any content is believed
 */
export function checkedBytesOf(settings: EnvironmentSettings, mimeType: string): number {
  return settings['uploads.checkContent'] && isKnownType(essenceOf(mimeType)) ? detectionBytes : 0;
}

/**
 * Refuses bytes that are evidently of another kind than announced: those with the signature of another family, and text where a
 * binary kind was announced. Bytes of no known kind pass.
 * @param mimeType as announced
 * @param firstBytes the beginning of the file, `checkedBytesOf` long or the whole
 * @throws `file/content-mismatch` whose details have both types
 */
export async function requireContent(mimeType: string, firstBytes: Uint8Array): Promise<void> {
  const announced = essenceOf(mimeType);
  const detected = await detectOther(announced, firstBytes);
  if (detected === undefined) return;
  throw new StorageError(
    'file/content-mismatch',
    `The file was announced as ${announced}, and its bytes are ${detected}.`,
    { details: { mimeType: announced, storedMimeType: detected } },
  );
}

/** The type of bytes that are evidently not of the announced kind. */
async function detectOther(announced: string, bytes: Uint8Array): Promise<string | undefined> {
  const isOfText = isText(bytes);
  if (isOfText && mayBeText(announced)) return undefined;
  const detected = await detectType(bytes);
  if (detected !== undefined && areEquivalent(announced, detected)) return undefined;
  if (!isOfText) return detected;
  return detected !== undefined && isTextType(detected) ? detected : 'text/plain';
}
