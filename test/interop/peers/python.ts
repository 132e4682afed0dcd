import { describeWithPython } from '../installed.js';
import type { Peer } from '../peer.js';
import { PythonProgram } from './program.js';

export const websocketsPeer: Peer = {
  name: 'Python websockets',
  answersClose: 'the same',
  abilities: ['fragments', 'ping', 'any-code', 'reason', 'inflate', 'deflate'],
  describe: describeWithPython('websockets'),
  start: () => Promise.resolve(PythonProgram.start('websockets_client.py')),
};

export const aiohttpPeer: Peer = {
  name: 'Python aiohttp',
  answersClose: '1000',
  abilities: ['ping', 'any-code', 'inflate', 'deflate'],
  describe: describeWithPython('aiohttp'),
  start: () => Promise.resolve(PythonProgram.start('aiohttp_client.py')),
};
