import type { StoredFile } from '@bkend/storage';
import { Copy, Link as LinkIcon } from 'lucide-react';
import { useState } from 'react';
import type { Messages } from '../i18n/en.ts';
import { useFormat } from '../i18n/format.ts';
import { useMessages } from '../i18n/use-messages.ts';
import type { EnvironmentRef } from '../routes.ts';
import { showToast } from '../shell/toasts.tsx';
import { Button } from '../ui/button.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import styles from './detail-panel.module.css';
import { copyText, useFileActions } from './file-actions.ts';

/** Seconds for which a link is good. */
const lives = ['3600', '86400', '604800'] as const;
type Life = (typeof lives)[number];

/** Links by which people without a key read the file: signed ones, and the lasting address of a public file. */
export function ShareSection({
  environment,
  file,
}: {
  readonly environment: EnvironmentRef;
  readonly file: StoredFile;
}) {
  const messages = useMessages();
  const format = useFormat();
  const { sign } = useFileActions(environment, file);
  const [life, setLife] = useState<Life>('86400');
  const [link, setLink] = useState('');
  const makeLink = async () => {
    const { url, expiresAt } = await sign.mutateAsync({ expiresIn: Number(life), disposition: 'inline' });
    setLink(url);
    if (await copyText(url)) showToast(messages.linkCopied(format.date(expiresAt)));
  };
  const copyAddress = async (url: string) => {
    if (await copyText(url)) showToast(messages.copied);
  };
  return (
    <section className={styles.share} aria-label={messages.share}>
      <h3>{messages.share}</h3>
      <p className={styles.hint}>{messages.shareHelp}</p>
      <div className={styles.actions}>
        <SelectField
          label={messages.shareLife}
          value={life}
          options={lives.map((each) => [each, lifeText(messages, each)])}
          onChoose={setLife}
        />
        <Button
          icon={<LinkIcon aria-hidden />}
          disabled={sign.isPending}
          onClick={() => void makeLink().catch(() => {})}
        >
          {messages.makeLink}
        </Button>
      </div>
      {link !== '' && <TextField label={messages.linkReady} value={link} readOnly />}
      {file.url !== undefined && (
        <div className={styles.address}>
          <TextField label={messages.publicAddress} value={file.url} readOnly />
          <Button icon={<Copy aria-hidden />} onClick={() => void copyAddress(file.url ?? '')}>
            {messages.copy}
          </Button>
        </div>
      )}
    </section>
  );
}

function lifeText(messages: Messages, life: Life): string {
  return { '3600': messages.lifeHour, '86400': messages.lifeDay, '604800': messages.lifeWeek }[life];
}
