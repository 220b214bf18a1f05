import { readFileSync } from 'node:fs';

/** A turn of phrase that `docs/glossary.md` has a plain word for. */
interface ForbiddenTurn {
  readonly pattern: RegExp;
  /** The plain form. */
  readonly instead: string;
  /** Paths the rule applies to; all when absent. */
  readonly only?: RegExp;
}

const code = /\.(?:[cm]?[jt]sx?|sh)$/;

export const forbiddenTurns: readonly ForbiddenTurn[] = [
  {
    pattern: /(?:\/\*\*?|^\s*\*|(?<![:\w'"`])\/\/)\s+(?:What|Of)\s/,
    instead: 'begin with the noun',
    only: code,
  },
  {
    // `nobody` in quotes is the system's user.
    pattern: /(?<!['"`])\bnobody\b(?!['"`])|\b(?:whoever|somebody|anybody|everybody)\b/i,
    instead: 'name the actor',
  },
  {
    pattern:
      /\b(?:[Tt]old|[Hh]eard|unheard)\b|[a-z](?:Told|Heard)(?![a-z])|\bTold(?=[A-Z])|\b(?:[Tt]ells?|[Hh]ears?) of\b/,
    instead: 'notified, reported, read, received',
  },
  { pattern: /\bso (?:many|much|long)\b/i, instead: 'the number' },
  { pattern: /\bt(?:ake|akes|aking|aken|ook) up\b/i, instead: 'resume, continue, begin' },
  { pattern: /\bm(?:ake|akes|aking|ade) do\b/i, instead: 'use' },
  { pattern: /\bkn(?:ow|ows|owing|own|ew) of\b/i, instead: 'know, have' },
  { pattern: /\bby hand\b/i, instead: 'manually, or the actor' },
  { pattern: /(?<!\bthere )\bis none\b|\bpart of being\b/i, instead: 'invalid, unknown, not a …' },
  { pattern: /\bunbidden\b/i, instead: 'unasked, by default' },
  {
    // `place` is the name of a content's location in the indexes on disk: `packages/store/src/index/records.ts`.
    pattern:
      /(?<!\b(?:in|takes?|taking|took|first|decimal) )\b[Pp]laces?\b(?!: (?:ContentLocation|location)\b)|[a-z]Places?(?![a-z])|\bplaces?(?=[A-Z])/,
    instead: 'target, position, location, slot or point',
  },
  { pattern: /(?<!<\/?)picture/i, instead: 'image, original, rendition or photo' },
  // The setting `BKEND_IMAGE_TICKET_SECRET` and the label 'bkend image tickets' keep their names: URLs in use depend on them.
  { pattern: /(?<!BKEND_IMAGE_|bkend image )ticket/i, instead: 'signed image URL' },
  {
    pattern: /\bpermission\b/i,
    instead: 'signed image URL',
    only: /(?:^|\/)images?[-/]|signed-image/,
  },
  { pattern: /upkeep/i, instead: 'maintenance' },
  // In quotes it is the name of the table on disk.
  { pattern: /(?<!')doomed/i, instead: 'pending deletes' },
  { pattern: /\bnotices\b|[a-z]Notices?(?![a-z])|-notices?\b/, instead: 'notification' },
  { pattern: /\bpatience\b/i, instead: 'timeout or queue limits' },
  {
    pattern: /\b(?:weather|gusts?|storms?)\b/i,
    instead: 'fault scenario: sporadic, burst, stall, outage',
  },
  { pattern: /\bdear(?:er|est|ly)?\b/i, instead: 'expensive' },
  { pattern: /\bmanners\b|[a-z]Manners/, instead: 'capabilities' },
  {
    pattern:
      /sign-?of-?life|end-?together|words-?to-?go-?on|supervised-?words|take-?turns|tell-?all-?issues/i,
    instead: 'see "Renamed" in docs/glossary.md',
  },
  {
    pattern: /remembered-?urls|file-?intake|assert-?(?:placed|offered)|borrow-?database|prepared?-?results?/i,
    instead: 'see "Renamed" in docs/glossary.md',
  },
];

export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly turn: string;
  readonly instead: string;
}

/** Forbidden turns in the name and the lines of a file. */
export function findTurns(path: string, text: string = readFileSync(path, 'utf8')): Finding[] {
  const rules = forbiddenTurns.filter(({ only }) => only?.test(path) ?? true);
  return [path, ...text.split('\n')].flatMap((content, line) =>
    rules.flatMap(({ pattern, instead }) => {
      const turn = pattern.exec(content)?.[0].trim();
      return turn === undefined ? [] : [{ path, line, turn, instead }];
    }),
  );
}

export function formatFinding({ path, line, turn, instead }: Finding): string {
  return `${path}:${line || 'name'}: "${turn}" (${instead})`;
}
