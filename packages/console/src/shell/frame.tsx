import type { SessionAnswer } from '@bkend/storage-contract';
import { Files, LogOut, Settings, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { describeError } from '../data/errors.ts';
import { useSmallStore } from '../data/small-store.ts';
import type { Messages } from '../i18n/en.ts';
import { chooseLanguage, languages, useLanguage, useMessages } from '../i18n/use-messages.ts';
import { type EnvironmentRef, filesPath, useGo } from '../routes.ts';
import { useSignOut } from '../session/use-session.ts';
import { Button } from '../ui/button.tsx';
import { SelectField } from '../ui/field.tsx';
import { Popover } from '../ui/popover.tsx';
import styles from './frame.module.css';
import { chooseTheme, type Theme, themeStore, themes } from './theme.ts';
import { showToast } from './toasts.tsx';

export interface FrameProps {
  readonly session: SessionAnswer;
  readonly environments: readonly EnvironmentRef[];
  readonly current: EnvironmentRef;
  readonly screen: 'files' | 'trash';
  readonly children: ReactNode;
}

/** Environments whose changes reach people: their frame is marked. */
const production = new Set(['prod', 'production', 'live']);

/** The frame of every screen: environment, screens, and the operator's own settings. */
export function Frame({ session, environments, current, screen, children }: FrameProps) {
  const messages = useMessages();
  const go = useGo();
  const isProduction = production.has(current.environment);
  const nameOf = ({ project, environment }: EnvironmentRef) => `${project}/${environment}`;
  return (
    <div className={styles.frame} data-production={isProduction}>
      <header className={styles.head}>
        <Link href={filesPath('files', current)} className={styles.brand}>
          <img src="/icon.svg" alt="" width="24" height="24" />
          <span>{messages.appName}</span>
        </Link>
        <SelectField
          label={messages.environment}
          value={nameOf(current)}
          options={environments.map((each) => [nameOf(each), nameOf(each)])}
          onChoose={(name) => {
            const chosen = environments.find((each) => nameOf(each) === name);
            if (chosen) go(filesPath('files', chosen));
          }}
        />
        {isProduction && <span className={styles.production}>{messages.production}</span>}
        <nav className={styles.screens}>
          <ScreenLink href={filesPath('files', current)} isCurrent={screen === 'files'}>
            <Files aria-hidden />
            {messages.files}
          </ScreenLink>
          <ScreenLink href={filesPath('trash', current)} isCurrent={screen === 'trash'}>
            <Trash2 aria-hidden />
            {messages.trash}
          </ScreenLink>
        </nav>
        <OwnSettings session={session} />
      </header>
      {children}
    </div>
  );
}

function ScreenLink({
  href,
  isCurrent,
  children,
}: {
  readonly href: string;
  readonly isCurrent: boolean;
  readonly children: ReactNode;
}) {
  return (
    <Link href={href} className={styles.screen ?? ''} {...(isCurrent && { 'aria-current': 'page' as const })}>
      {children}
    </Link>
  );
}

function OwnSettings({ session: { operator } }: { readonly session: SessionAnswer }) {
  const messages = useMessages();
  const language = useLanguage();
  const theme = useSmallStore(themeStore);
  const signOut = useSignOut();
  const showFailure = (error: unknown) => showToast(describeError(error, messages), { isError: true });
  return (
    <Popover label={messages.menu} icon={<Settings aria-hidden />}>
      <strong>{operator.name}</strong>
      <SelectField
        label={messages.language}
        showsLabel
        value={language}
        // The table's keys are the languages.
        options={Object.entries(languages) as [keyof typeof languages, string][]}
        onChoose={(chosen) => void chooseLanguage(chosen)}
      />
      <SelectField
        label={messages.theme}
        showsLabel
        value={theme}
        options={themes.map((each) => [each, themeText(messages, each)])}
        onChoose={chooseTheme}
      />
      <Button icon={<LogOut aria-hidden />} onClick={() => void signOut().catch(showFailure)}>
        {messages.signOut}
      </Button>
    </Popover>
  );
}

function themeText(messages: Messages, theme: Theme): string {
  return { system: messages.themeSystem, light: messages.themeLight, dark: messages.themeDark }[theme];
}
