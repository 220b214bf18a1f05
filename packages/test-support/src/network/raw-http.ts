import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A TCP connection to the server of a URL. */
export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  // A server that cuts a connection while the test writes is no failure of the test.
  socket.on('error', () => {});
  return socket;
}

/** Everything a server answers to these bytes until it closes, or until `withinMs` have passed. */
export async function speak(url: string, bytes: string | Buffer, withinMs = 10_000): Promise<string> {
  const socket = await openSocket(url);
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  socket.write(bytes);
  const timer = setTimeout(() => socket.destroy(), withinMs);
  await once(socket, 'close');
  clearTimeout(timer);
  return answer;
}

/** The statuses of all answers in what a server sent. */
export function statusesIn(answer: string): number[] {
  return Array.from(answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm), ([, status]) => Number(status));
}
