import { type Static, Type } from 'typebox';
import { maxPageEvents } from '../limits.ts';
import { eventTypes } from '../vocabulary.ts';
import { Instant, OwnerType, RequestText } from './field-schemas.ts';
import { FileView } from './file.ts';

const Types = Type.Optional(
  RequestText({
    maxLength: 1_024,
    description: 'Types of events, with commas between them: `file.created,file.deleted`. All when absent.',
  }),
);
const EventId = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER, examples: [6_184_960_001] } as const;

/** Query of `GET /v1/events`. */
export const EventsQuery = Type.Object({
  after: Type.Optional(
    Type.Integer({
      ...EventId,
      description:
        'Number of an event, whose successors are asked for: `nextAfter` of the page before. When absent, from the oldest event.',
    }),
  ),
  types: Types,
  limit: Type.Integer({ minimum: 1, maximum: maxPageEvents, default: 100, description: 'The most events.' }),
});
export type EventsQuery = Static<typeof EventsQuery>;

/** Query of `GET /v1/events/stream`. */
export const EventStreamQuery = Type.Object({
  after: Type.Optional(
    Type.Integer({
      ...EventId,
      description:
        'Number of an event, whose successors the stream begins with; the header `Last-Event-ID` comes first. When absent, only events to come.',
    }),
  ),
  types: Types,
});
export type EventStreamQuery = Static<typeof EventStreamQuery>;

/** An upload that ended without a file. */
export const EndedUploadView = Type.Object(
  {
    key: Type.String({ description: '`key` of the presigned upload.' }),
    contentType: Type.String({ description: 'MIME type.' }),
    size: Type.Optional(Type.Integer({ description: 'Bytes, where they were announced.' })),
    ownerId: Type.String({ description: 'Id of the owner.' }),
    ownerType: OwnerType,
    createdAt: Instant,
  },
  { description: 'The upload that has ended without a file.' },
);

/** Something that has happened in the environment. */
export const EventView = Type.Object({
  id: Type.Integer({
    ...EventId,
    description: 'Number of the event: ascending, with gaps; below 2^53.',
  }),
  type: Type.Enum([...eventTypes], { type: 'string', description: 'What has happened.' }),
  createdAt: Instant,
  environment: Type.String({ description: 'Project and environment, `shop/prod`.' }),
  data: Type.Object(
    {
      file: Type.Optional(FileView),
      changed: Type.Optional(
        Type.Array(Type.String(), {
          examples: [['originalName']],
          description: 'Fields of the file that have changed.',
        }),
      ),
      userIds: Type.Optional(
        Type.Array(Type.String(), {
          examples: [['bob']],
          description:
            'Users who may read the file from now on, or may no longer. Who is neither owner nor admin sees the own id alone.',
        }),
      ),
      upload: Type.Optional(EndedUploadView),
    },
    {
      additionalProperties: true,
      description:
        'The file after the change; the last one of a file that is deleted. What else there is to say, such as the `error` of a refusal, stands beside it.',
    },
  ),
});
export type EventView = Static<typeof EventView>;

/** Answer of `GET /v1/events`. */
export const EventsAnswer = Type.Object({
  items: Type.Array(EventView),
  nextAfter: Type.Integer({
    ...EventId,
    description:
      'Number for `after` of the next page. No event up to it is left out, or will appear later. With `types` a page may be empty, or shorter than `limit`, before the last event.',
  }),
});
export type EventsAnswer = Static<typeof EventsAnswer>;
