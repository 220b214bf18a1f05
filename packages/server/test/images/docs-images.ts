import { imageFilterGroups } from '@bkend/storage-contract';

interface DocsImage {
  readonly image: string;
  /** Options of its URL. */
  readonly options: string;
}

/** Images of `docs/images.md` that show options which are no filters. */
const optionImages: readonly DocsImage[] = [
  { image: 'original', options: '240x' },
  { image: 'fill', options: '120x120' },
  { image: 'left', options: '120x120/left' },
  { image: 'right', options: '120x120/right' },
  { image: 'smart', options: '120x120/smart' },
  { image: 'fit-in', options: 'fit-in/120x120' },
  { image: 'full-fit-in', options: 'full-fit-in/120x120' },
  { image: 'stretch', options: 'stretch/120x120' },
  { image: 'flip', options: '-160x-0' },
  { image: 'crop-first', options: '0.5x0:1x0.5/160x' },
  { image: 'padding', options: 'fit-in/120x120/10x10/filters:fill(gold)' },
];

/** All images of `docs/images.md`. */
export const docsImages: readonly DocsImage[] = [
  ...optionImages,
  ...imageFilterGroups.flatMap(({ filters }) =>
    Object.values(filters).flatMap(({ examples = [] }) => examples),
  ),
];

/** The filter tables of `docs/images.md` in Markdown, from the entries of the filters. */
export function filterTables(): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return imageFilterGroups
    .map(({ heading, filters }) => {
      const rows = Object.values(filters).map(({ forms, effect, examples = [] }) =>
        row([
          forms.map((form) => `\`${form}\``).join(' '),
          effect,
          examples.map(({ image }) => `![](images/${image}.webp)`).join(' '),
        ]),
      );
      return [`### ${heading}`, '', row(['filter', 'effect', '']), row(['-', '-', '-']), ...rows].join('\n');
    })
    .join('\n\n');
}

const begin = '<!-- filters: written by packages/server/test/images/write-docs-images.ts -->\n\n';
const end = '\n\n<!-- end of filters -->';

/** The filter tables as they stand in the page. */
export function tablesOf(page: string): string {
  return page.slice(page.indexOf(begin) + begin.length, page.indexOf(end));
}

export function withTables(page: string): string {
  return page.replace(begin + tablesOf(page) + end, () => begin + filterTables() + end);
}
