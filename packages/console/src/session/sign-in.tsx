import { type FormEvent, useState } from 'react';
import { consoleApi } from '../data/console-api.ts';
import { describeError, isSignedOut } from '../data/errors.ts';
import { useMessages } from '../i18n/use-messages.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import styles from './session.module.css';
import { useChangeSession } from './use-session.ts';

/** Name and password. */
function SignInForm() {
  const messages = useMessages();
  const changeSession = useChangeSession();
  const [problem, setProblem] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setIsBusy(true);
    setProblem('');
    try {
      const session = await consoleApi.signIn({
        name: String(form.get('name')),
        password: String(form.get('password')),
      });
      changeSession(session);
    } catch (error) {
      setProblem(isSignedOut(error) ? messages.signInWrong : describeError(error, messages));
      setIsBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextField label={messages.name} name="name" autoComplete="username" required autoFocus />
      <TextField
        label={messages.password}
        name="password"
        type="password"
        autoComplete="current-password"
        required
      />
      <p className={styles.problem} role="alert">
        {problem}
      </p>
      <Button type="submit" look="primary" disabled={isBusy}>
        {isBusy ? messages.signingIn : messages.signIn}
      </Button>
    </form>
  );
}

/** The first screen without a session. */
export function SignIn() {
  const messages = useMessages();
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <h1>{messages.signInTitle}</h1>
        <SignInForm />
        <p className={styles.help}>{messages.signInHelp}</p>
      </div>
    </main>
  );
}
