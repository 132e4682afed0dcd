// Puts the board together: one connection, and the panels that use it.

import { showChat } from './chat.js';
import { showConnection } from './connection.js';
import { showFigures } from './figures.js';
import { EventLog } from './log.js';
import { LiveSocket } from './socket.js';
import { showUpload } from './upload.js';
import { showWire } from './wire.js';

const live = new LiveSocket(new URL('live', location.href.replace(/^http/, 'ws')));
const log = new EventLog(document.querySelector('#log'));

showConnection(live, log);
showFigures(live, log);
showChat(live, log);
showUpload(live, log);
showWire(live, log);
