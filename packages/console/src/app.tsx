import { useEffect, useState } from 'react';
import { isSignedOut } from './data/errors.ts';
import { useEnvironments } from './data/queries.ts';
import { FilesScreen } from './files/files-screen.tsx';
import { useMessages } from './i18n/use-messages.ts';
import { type EnvironmentRef, filesPath, useGo, useRoute } from './routes.ts';
import { Setup } from './session/setup.tsx';
import { SignIn } from './session/sign-in.tsx';
import { useSession } from './session/use-session.ts';
import { ErrorMessage } from './shell/error-message.tsx';
import { Frame } from './shell/frame.tsx';
import { Toasts } from './shell/toasts.tsx';
import { Message } from './ui/message.tsx';

const lastEnvironmentKey = 'bkend.environment';

/** @param setupCode the code of a one-time link, which the address had */
export function App({ setupCode }: { readonly setupCode: string | undefined }) {
  const [code, setCode] = useState(setupCode);
  if (code !== undefined) return <Setup code={code} onDone={() => setCode(undefined)} />;
  return (
    <>
      <Screens />
      <Toasts />
    </>
  );
}

function Screens() {
  const messages = useMessages();
  const session = useSession();
  const route = useRoute();
  const go = useGo();
  const isSignedIn = session.data !== null && session.data !== undefined;
  const environments = useEnvironments(isSignedIn);
  const first = isSignedIn ? lastOf(environments.data ?? []) : undefined;

  useEffect(() => {
    if (route.screen === 'start' && first) go(filesPath('files', first), { replace: true });
    if (route.screen === 'files')
      localStorage.setItem(lastEnvironmentKey, `${route.project}/${route.environment}`);
  }, [route, first, go]);

  if (session.isError) return <ErrorMessage queries={[session]} />;
  if (session.isPending) return <main aria-busy="true" />;
  if (session.data === null) return <SignIn />;
  if (environments.isError && !isSignedOut(environments.error))
    return <ErrorMessage queries={[environments]} />;
  if (environments.data === undefined) return <main aria-busy="true" />;
  if (environments.data.length === 0) return <Message title={messages.noEnvironments} />;
  if (route.screen === 'unknown') return <Message title={messages.notFound} />;
  if (route.screen === 'start') return <main aria-busy="true" />;
  const { project, environment, screen, state } = route;
  return (
    <Frame
      session={session.data}
      environments={environments.data}
      current={{ project, environment }}
      screen={screen}
    >
      <FilesScreen
        key={`${project}/${environment}/${screen}`}
        environment={{ project, environment }}
        screen={screen}
        state={state}
        isViewer={session.data.operator.role === 'viewer'}
      />
    </Frame>
  );
}

/** The environment of the last visit, else the first one. */
function lastOf(environments: readonly EnvironmentRef[]): EnvironmentRef | undefined {
  const last = localStorage.getItem(lastEnvironmentKey);
  return (
    environments.find(({ project, environment }) => `${project}/${environment}` === last) ?? environments[0]
  );
}
