import { describeError, requestIdOf } from '../data/errors.ts';
import { useMessages } from '../i18n/use-messages.ts';
import { Button } from '../ui/button.tsx';
import { Message } from '../ui/message.tsx';

/** The outcome of a query, as TanStack Query gives it. */
interface Query {
  readonly isError: boolean;
  readonly error: unknown;
  refetch(): Promise<unknown>;
}

/**
 * Failed queries of a screen: the error of the first, with the id that helps to find its request in the log, and a button that asks
 * all of them again. Shows nothing while no query has failed.
 */
export function ErrorMessage({ queries }: { readonly queries: readonly Query[] }) {
  const messages = useMessages();
  const failed = queries.filter(({ isError }) => isError);
  const [first] = failed;
  if (first === undefined) return null;
  const requestId = requestIdOf(first.error);
  return (
    <div role="alert">
      <Message title={messages.errorTitle} text={describeError(first.error, messages)}>
        {requestId && <code>{messages.requestId(requestId)}</code>}
        <Button onClick={() => void Promise.all(failed.map((query) => query.refetch()))}>
          {messages.retry}
        </Button>
      </Message>
    </div>
  );
}
