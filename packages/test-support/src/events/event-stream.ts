import type { EventView } from '@bkend/storage-contract';
import type { Client } from '../api/client.ts';
import { eventually } from '../process/eventually.ts';

/** An open event stream, as a client reads it. */
export interface OpenStream extends AsyncDisposable {
  readonly status: number;
  readonly headers: Headers;
  /** Everything that has arrived. */
  readonly text: () => string;
  /** The events that have arrived. */
  readonly events: () => EventView[];
  /** Waits until as many events have arrived. */
  readonly until: (count: number) => Promise<EventView[]>;
  /** Resolves once the server has ended the stream. */
  readonly ended: Promise<void>;
}

/** Opens `GET /v1/events/stream`. */
export async function openStream(
  apiUrl: string,
  client: Pick<Client, 'headers'>,
  { query = '', lastEventId }: { readonly query?: string; readonly lastEventId?: number } = {},
): Promise<OpenStream> {
  const closing = new AbortController();
  const answer = await fetch(`${apiUrl}/v1/events/stream${query}`, {
    signal: closing.signal,
    headers: {
      ...client.headers,
      ...(lastEventId !== undefined && { 'Last-Event-ID': String(lastEventId) }),
    },
  });
  let text = '';
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true });
  };
  const ended = read().catch(() => undefined);
  const events = () => readServerSentEvents(text);
  return {
    status: answer.status,
    headers: answer.headers,
    text: () => text,
    events,
    until: (count) =>
      eventually(`${count} events arrive`, () => {
        const all = events();
        return all.length >= count ? all : undefined;
      }),
    ended,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await ended;
    },
  };
}

/** Reads whole events, as section 9.2.6 of the HTML Standard has it. */
function readServerSentEvents(text: string): EventView[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((block) => {
      const lines = block.split('\n').filter((line) => line.startsWith('data: '));
      // The service's own events.
      return lines.length === 0
        ? []
        : [JSON.parse(lines.map((line) => line.slice(6)).join('\n')) as EventView];
    });
}
