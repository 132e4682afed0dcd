// Puts the board together: one connection, its streams, and the panels that use them.

import { showChat } from './chat.js';
import { showCluster } from './cluster.js';
import { showConnection } from './connection.js';
import { showControl } from './control.js';
import { showFigures } from './figures.js';
import { EventLog } from './log.js';
import { showOverflow } from './overflow.js';
import { LiveSocket } from './socket.js';
import { Streams } from './stream.js';
import { showStreams } from './streams.js';
import { showUpload } from './upload.js';
import { showWire } from './wire.js';

const live = new LiveSocket(new URL('live', location.href.replace(/^http/, 'ws')));
const log = new EventLog(document.querySelector('#log'));
const streams = new Streams(live);

showConnection(live, log);
showFigures(streams, log);
const cluster = showCluster(live, log);
showChat(live, streams, log, (count) => cluster.recovered(count));
showOverflow(live, streams, log);
showUpload(live, streams, log);
showWire(live, streams, log);
showStreams(streams, log);
showControl(live, log);
