import type { ReactNode } from 'react';
import { describeError, requestIdOf } from '../data/errors.ts';
import { useMessages } from '../i18n/use-messages.ts';
import { Message } from '../ui/message.tsx';

/** A failed request, with the id that helps to find it in the log. */
export function ErrorMessage({ error, children }: { error: unknown; children?: ReactNode }) {
  const messages = useMessages();
  const requestId = requestIdOf(error);
  return (
    <div role="alert">
      <Message title={messages.errorTitle} text={describeError(error, messages)}>
        {requestId && <code>{messages.requestId(requestId)}</code>}
        {children}
      </Message>
    </div>
  );
}
