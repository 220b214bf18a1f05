import { createServer } from 'node:http';
import { createIPX, createIPXNodeServer, ipxFSStorage } from 'ipx';

/** ipx with its defaults, over the images of a directory. Arguments: port, directory. */
const [port = '', directory = ''] = process.argv.slice(2);
const ipx = createIPX({ storage: ipxFSStorage({ dir: directory }) });
createServer(createIPXNodeServer(ipx)).listen(Number(port), '127.0.0.1');
