import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { consoleApi } from '../data/console-api.ts';
import { describeError, isUnknownLink } from '../data/errors.ts';
import type { Messages } from '../i18n/en.ts';
import { useMessages } from '../i18n/use-messages.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import styles from './session.module.css';
import { useChangeSession } from './use-session.ts';

const minPasswordLength = 12;

/** The screen of a one-time link: a new operator chooses name and password, a known one a new password. */
export function Setup({ code, onDone }: { readonly code: string; readonly onDone: () => void }) {
  const messages = useMessages();
  const changeSession = useChangeSession();
  const check = useQuery({
    queryKey: ['setup', code],
    queryFn: () => consoleApi.checkSetup(code),
    retry: false,
  });
  const [problem, setProblem] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const password = String(form.get('password'));
    if (password.length < minPasswordLength) return setProblem(messages.passwordShort);
    setIsBusy(true);
    setProblem('');
    try {
      const session = await consoleApi.setUp({ code, name: String(form.get('name')), password });
      changeSession(session);
      onDone();
    } catch (error) {
      setProblem(describeError(error, messages));
      setIsBusy(false);
    }
  };
  if (check.isPending) return <main className={styles.page} aria-busy="true" />;
  if (check.isError && !isUnknownLink(check.error)) {
    // The link is as good as before.
    return (
      <main className={styles.page}>
        <div className={styles.card} role="alert">
          <h1>{messages.errorTitle}</h1>
          <p>{describeError(check.error, messages)}</p>
          <Button onClick={() => void check.refetch()}>{messages.retry}</Button>
        </div>
      </main>
    );
  }
  if (check.isError) {
    return (
      <main className={styles.page}>
        <div className={styles.card}>
          <h1>{messages.setupUsed}</h1>
          <p>{messages.setupUsedHelp}</p>
          <Button onClick={onDone}>{messages.goToSignIn}</Button>
        </div>
      </main>
    );
  }
  const { purpose, role, name = '' } = check.data;
  const isReset = purpose === 'reset';
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <h1>{isReset ? messages.setupResetTitle(name) : messages.setupTitle}</h1>
        {!isReset && <p>{roleText(messages, role)}</p>}
        <form className={styles.form} onSubmit={submit}>
          <TextField
            label={messages.name}
            name="name"
            autoComplete="username"
            required
            maxLength={64}
            defaultValue={name}
            readOnly={isReset}
            autoFocus={!isReset}
          />
          <TextField
            label={messages.password}
            hint={messages.passwordRule}
            name="password"
            type="password"
            autoComplete="new-password"
            required
            autoFocus={isReset}
          />
          <p className={styles.problem} role="alert">
            {problem}
          </p>
          <Button type="submit" look="primary" disabled={isBusy}>
            {isReset ? messages.setupResetAction : messages.setupAction}
          </Button>
        </form>
      </div>
    </main>
  );
}

function roleText(messages: Messages, role: 'owner' | 'admin' | 'viewer'): string {
  return { owner: messages.setupOwner, admin: messages.setupAdmin, viewer: messages.setupViewer }[role];
}
