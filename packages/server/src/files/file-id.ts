/** RFC 9562's text form. What does not look like this names no file, and must not reach the database. */
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether this can be a file's id at all. */
export function isFileId(text: string): boolean {
  return uuidPattern.test(text);
}
