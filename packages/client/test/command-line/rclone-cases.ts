/** A row of the table in docs/command-line.md: folders on which `rclone sync` and `sync` do different things. */
export interface Case {
  /** First column. */
  readonly name: string;
  /** The other columns: `rclone sync`, and `sync`. */
  readonly words: readonly [string, string];
  /**
   * Bash lines that make the local folder `d` and the stored folder `$remote`, with `sync` of the program. `$PROGRAM` is `rclone` or
   * `ours`; with the latter `bks` is our program, and `$folder` the stored folder.
   */
  readonly prepare: string;
  /** The run that differs. */
  readonly run: string;
  /** Bash lines after it, which print what else differs. */
  readonly print?: string;
  /** `up` changes the stored folder, `down` the local one. */
  readonly direction: 'up' | 'down';
  readonly rclone: Outcome;
  readonly ours: Outcome;
}

interface Outcome {
  /** Exit code of the run. */
  readonly code: number;
  /** Files on the changed side after it, or their number, where the program chooses. */
  readonly files: Readonly<Record<string, string>> | number;
  /** Standard output of `print`. */
  readonly printed?: string;
}

const three = 'echo -n a >d/a; echo -n b >d/b; echo -n c >d/c; sync d $remote';
const all = { a: 'a', b: 'b', c: 'c' };

export const cases: readonly Case[] = [
  {
    name: 'the target has more',
    words: ['deleted', 'stays without `--delete`; then to the trash'],
    prepare: `${three}; rm d/b d/c`,
    run: 'sync d $remote',
    direction: 'up',
    rclone: { code: 0, files: { a: 'a' } },
    ours: { code: 0, files: all },
  },
  {
    name: 'more than `--max-delete`',
    words: ['deletes as many, then stops', 'deletes nothing'],
    prepare: `${three}; rm d/b d/c`,
    run: 'case $PROGRAM in ours) delete=--delete;; esac; sync d $remote $delete --max-delete 1',
    direction: 'up',
    rclone: { code: 7, files: 2 },
    ours: { code: 1, files: 3 },
  },
  {
    name: 'the source is empty',
    words: ['everything is deleted', 'nothing is deleted without `--max-delete`'],
    prepare: `${three}; rm d/*`,
    run: 'case $PROGRAM in ours) delete=--delete;; esac; sync d $remote $delete',
    direction: 'up',
    rclone: { code: 0, files: {} },
    ours: { code: 1, files: all },
  },
  {
    name: 'the stored folder does not exist',
    words: ['an error, exit code 3', 'an error, exit code 1'],
    prepare: three,
    run: 'sync $remote-nowhere d',
    direction: 'down',
    rclone: { code: 3, files: all },
    ours: { code: 1, files: all },
  },
  {
    name: 'a changed file',
    words: ['a new object', 'new contents under its id; users and visibility stay'],
    prepare: `${three}; case $PROGRAM in ours) bks stat $folder/a | grep '^id' >id;; esac; echo -n changed >d/a`,
    run: 'sync d $remote',
    print: "case $PROGRAM in ours) bks stat $folder/a | grep '^id' | diff - id && echo same id;; esac",
    direction: 'up',
    rclone: { code: 0, files: { ...all, a: 'changed' }, printed: '' },
    ours: { code: 0, files: { ...all, a: 'changed' }, printed: 'same id' },
  },
  {
    name: 'only the time differs',
    words: ['its time is set, by a copy of the object', 'the hash is compared, and nothing is sent'],
    prepare: `${three}; touch -d 2020-01-02 d/a`,
    run: 'case $PROGRAM in rclone) v=-v;; esac; sync d $remote $v >log 2>&1',
    print: "grep -o 'Updated modification time.*\\|replaced.*' log || true",
    direction: 'up',
    rclone: { code: 0, files: all, printed: 'Updated modification time in destination' },
    ours: { code: 0, files: all, printed: '' },
  },
  {
    name: 'modification times',
    words: ['kept to the nanosecond', 'kept to the millisecond'],
    prepare: "echo -n a >d/a; touch -d '2026-01-02T03:04:05.123456789Z' d/a; sync d $remote; rm d/a",
    run: 'sync $remote d',
    print: 'date -u -r d/a +%6N',
    direction: 'down',
    rclone: { code: 0, files: { a: 'a' }, printed: '123456' },
    ours: { code: 0, files: { a: 'a' }, printed: '123000' },
  },
  {
    name: 'a local file is newer than the stored',
    words: ['overwritten', 'stays without `--force`'],
    prepare: `${three}; echo -n edited >d/a; touch -d '+1 hour' d/a`,
    run: 'sync $remote d',
    direction: 'down',
    rclone: { code: 0, files: all },
    ours: { code: 1, files: { ...all, a: 'edited' } },
  },
  {
    name: 'a link to a file',
    words: ['passed over without `--copy-links`', 'followed'],
    prepare: 'echo -n a >d/a; ln -s a d/link',
    run: 'sync d $remote',
    direction: 'up',
    rclone: { code: 0, files: { a: 'a' } },
    ours: { code: 0, files: { a: 'a', link: 'a' } },
  },
  {
    name: 'two stored files of one name',
    words: ['S3 has none', 'the newest is synced, the others are reported'],
    prepare: `${three}; echo -n new >a; case $PROGRAM in ours) bks put a --folder $folder;; esac; rm d/a`,
    run: 'sync $remote d',
    direction: 'down',
    rclone: { code: 0, files: all },
    ours: { code: 0, files: { ...all, a: 'new' } },
  },
  {
    name: 'a link to a folder, a broken link, a pipe',
    words: ['passed over, exit code 0', 'reported, exit code 1'],
    prepare:
      'echo -n a >d/a; mkdir o; echo -n o >o/o; ln -s ../o d/folder; ln -s nowhere d/broken; mkfifo d/pipe',
    run: 'sync d $remote',
    direction: 'up',
    rclone: { code: 0, files: { a: 'a' } },
    ours: { code: 1, files: { a: 'a' } },
  },
  {
    name: 'an empty file',
    words: ['an empty object', 'reported, exit code 1, where `uploads.minFileBytes` is 1'],
    prepare: 'echo -n a >d/a; : >d/empty',
    run: 'sync d $remote',
    direction: 'up',
    rclone: { code: 0, files: { a: 'a', empty: '' } },
    ours: { code: 1, files: { a: 'a' } },
  },
  {
    name: '`.git`, `.env*`',
    words: ['copied', 'left out by default, which is reported'],
    prepare: 'echo -n a >d/a; mkdir d/.git; echo -n g >d/.git/config; echo -n s >d/.env',
    run: 'sync d $remote',
    direction: 'up',
    rclone: { code: 0, files: { a: 'a', '.git/config': 'g', '.env': 's' } },
    ours: { code: 0, files: { a: 'a' } },
  },
  {
    name: 'names with `\\`, control or text-direction characters',
    words: ['kept', 'reported, and left out'],
    prepare: "echo -n a >d/a; echo -n b >'d/b\\b'; echo -n n >d/$'new\\nline'; echo -n r >d/$'r\\u202ejpg'",
    run: 'sync d $remote',
    direction: 'up',
    rclone: { code: 0, files: { a: 'a', 'b\\b': 'b', 'new\nline': 'n', 'r\u202ejpg': 'r' } },
    ours: { code: 1, files: { a: 'a' } },
  },
  {
    name: 'a name that is not UTF-8',
    words: ['kept, encoded', 'reported, and left out'],
    prepare: "echo -n a >d/a; echo -n l >d/$'l\\xe9'",
    run: 'sync d $remote',
    direction: 'up',
    rclone: { code: 0, files: { a: 'a', 'l\u00e9 (Latin-1)': 'l' } },
    ours: { code: 1, files: { a: 'a' } },
  },
  {
    name: 'two names that differ in Unicode normalization (NFC, NFD)',
    words: ['one of them, the other is passed over', 'two files'],
    prepare: "echo -n c >d/$'\\u00e9'; echo -n d >d/$'e\\u0301'",
    run: 'sync d $remote',
    direction: 'up',
    rclone: { code: 0, files: 1 },
    ours: { code: 0, files: { '\u00e9': 'c', 'e\u0301': 'd' } },
  },
  {
    name: 'folders deeper than 32',
    words: ['kept, while a key has at most 1,024 bytes', 'reported, and left out'],
    prepare: `echo -n a >d/a; p=d$(printf '/x%.0s' {1..40}); mkdir -p $p; echo -n deep >$p/y`,
    run: 'sync d $remote',
    direction: 'up',
    rclone: { code: 0, files: { a: 'a', [`${'x/'.repeat(40)}y`]: 'deep' } },
    ours: { code: 1, files: { a: 'a' } },
  },
];
