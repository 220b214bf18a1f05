export interface TryOptions {
  readonly urls: { readonly api: string; readonly images: string };
  readonly secretKey: string;
  /** Absolute path of a JPEG. */
  readonly sample: string;
}

/**
 * Three commands that upload a public picture: presign, PUT, register. They work in bash and zsh, for a file of any name and
 * size, and need curl and node alone, which writes and reads the JSON. They begin with a blank, which keeps the key out of
 * many a shell's history, and hold no comments, which an interactive zsh would run.
 */
export function tryCommands({ urls, secretKey, sample }: TryOptions): readonly [string, string, string] {
  const post = (path: string) =>
    `curl -sS ${quote(urls.api + path)} -H "X-API-Key: $KEY" -H 'Content-Type: application/json' -d @-`;
  const presign = `
  FILE=${quote(sample)} TYPE='image/jpeg'
  KEY=${quote(secretKey)}
  UPLOAD=$(
    node -p 'JSON.stringify({ filename: path.basename(process.argv[1]), contentType: process.argv[2],
      fileSize: fs.statSync(process.argv[1]).size, visibility: "public" })' "$FILE" "$TYPE" |
    ${post('/v1/files/presigned-url')}
  ); printf '%s\\n' "$UPLOAD"`;
  const upload = `
  curl -sS -g -T "$FILE" -H "Content-Type: $TYPE" "$(node -p 'JSON.parse(process.argv[1]).url' "$UPLOAD")"`;
  const register = `
  node -p 'const { key, filename, contentType } = JSON.parse(process.argv[1]);
    JSON.stringify({ s3Key: key, originalName: filename, mimeType: contentType,
      size: fs.statSync(process.argv[2]).size })' "$UPLOAD" "$FILE" |
    ${post('/v1/files')} &&
    node -p '"\\n${urls.images}/fit-in/300x200/" + JSON.parse(process.argv[1]).key' "$UPLOAD"`;
  return [presign, upload, register];
}

/** As a shell takes it literally. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
