import Button from 'antd/es/button';
import Input from 'antd/es/input';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client.ts';
import { ChoiceButtons } from './ChoiceButtons.tsx';
import { useSessionControl } from './context.tsx';
import css from './login.module.css';
import { waitText } from './wait-text.ts';

type Complaint = 'needUsername' | 'needPassword' | 'wrong' | 'tooMany' | 'unreachable';

function complaintOf(error: unknown): Complaint {
  if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) return 'unreachable';
  return error.status === 429 ? 'tooMany' : 'wrong';
}

export function LoginPage({ why }: { why: 'expired' | 'refused' | null }) {
  const { t } = useTranslation();
  const session = useSessionControl();
  const id = useId();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [complaint, setComplaint] = useState<Complaint | null>(null);
  const [wait, setWait] = useState('');
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (username.trim() === '') return setComplaint('needUsername');
    if (password === '') return setComplaint('needPassword');
    setBusy(true);
    setComplaint(null);
    try {
      await session.signIn(username.trim(), password);
    } catch (error) {
      setComplaint(complaintOf(error));
      setWait(waitText(error instanceof ApiError ? error.retryAfterS : null, t));
      setBusy(false);
    }
  }

  return (
    <div className={css.login} data-testid="login">
      <main className={css.loginBox}>
        <header>
          <img src={new URL('../icon.svg', import.meta.url).href} alt="" width={40} height={40} />
          <h1>{t('app.full')}</h1>
        </header>
        <form onSubmit={submit} noValidate>
          <div className={css.loginField}>
            <label htmlFor={`${id}-username`}>{t('login.username')}</label>
            <Input
              id={`${id}-username`}
              size="large"
              name="username"
              autoComplete="username"
              autoFocus
              value={username}
              onChange={(event) => setUsername(event.target.value)}
            />
          </div>
          <div className={css.loginField}>
            <label htmlFor={`${id}-password`}>{t('login.password')}</label>
            <Input.Password
              id={`${id}-password`}
              size="large"
              name="password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </div>
          <p role="alert" className={css.loginComplaint}>
            {complaint !== null ? t(`login.${complaint}`, { time: wait }) : why !== null ? t(`login.${why}`) : ''}
          </p>
          <Button type="primary" htmlType="submit" size="large" block loading={busy}>
            {t('login.submit')}
          </Button>
        </form>
        <footer>
          <ChoiceButtons />
        </footer>
      </main>
    </div>
  );
}
