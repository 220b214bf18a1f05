/** The local side of a download failed: trying the network again cannot help. Its cause is the system's. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
}
