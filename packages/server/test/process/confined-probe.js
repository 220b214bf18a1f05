// Reports what a confined process can see. Loaded from the sources, so it imports Node's own modules only.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';

process.once('message', async ({ port, inheritsFrom }) => {
  process.send({
    ownEnvironment: attempt(() => readFileSync('/proc/self/environ', 'latin1').split('\0').filter(Boolean)),
    parentEnvironment: attempt(() => readFileSync(`/proc/${inheritsFrom}/environ`, 'latin1')),
    connection: await connectTo(port),
    folder: process.cwd(),
    files: attempt(() =>
      readdirSync('/proc/self/fd').map((file) => attempt(() => readlinkSync(`/proc/self/fd/${file}`))),
    ),
    status: attempt(() => readFileSync('/proc/self/status', 'latin1')),
    limits: attempt(() => readFileSync('/proc/self/limits', 'latin1')),
  });
});
process.send('ready');

function attempt(read) {
  try {
    return read();
  } catch (error) {
    return error.code;
  }
}

function connectTo(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve('connected'));
    socket.once('error', (error) => resolve(error.code));
  });
}
