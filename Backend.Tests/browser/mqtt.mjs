// Just enough of MQTT 3.1.1 to publish as firmware does: connect, publish at least once, wait until it is acknowledged.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { deadline } from './portal.mjs';

const text = (words) => {
  const bytes = Buffer.from(words);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
};

/** A packet: its first byte, and what follows its length. */
function packet(first, ...parts) {
  const body = Buffer.concat(parts);
  const length = [];
  let rest = body.length;
  do {
    length.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

/**
 * Publishes messages as a device, one after the other; each has been stored by the server when this returns.
 * @param {number} port The broker's, on this machine.
 * @param {string} id The device: user name and client id.
 * @param {string} token Its token: the password.
 * @param {[string, any][]} messages Topics and what is sent as JSON.
 */
export async function publish(port, id, token, messages) {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(deadline, () => socket.destroy(new Error('the broker is silent')));
  try {
    const answers = socket[Symbol.asyncIterator]();
    let heard = Buffer.alloc(0);
    const hear = async (bytes) => {
      while (heard.length < bytes) {
        const { value, done } = await answers.next();
        assert.ok(!done, 'the broker has hung up');
        heard = Buffer.concat([heard, value]);
      }
      const taken = heard.subarray(0, bytes);
      heard = heard.subarray(bytes);
      return [...taken];
    };
    // Clean session, user name and password; a minute's patience.
    socket.write(packet(0x10, text('MQTT'), Buffer.from([4, 0xc2, 0, 60]), text(id), text(id), text(token)));
    assert.deepEqual(await hear(4), [0x20, 2, 0, 0], `${id} is not let in`);
    for (const [index, [topic, payload]] of messages.entries()) {
      socket.write(packet(0x32, text(topic), Buffer.from([0, index + 1]), Buffer.from(JSON.stringify(payload))));
      assert.deepEqual(await hear(4), [0x40, 2, 0, index + 1], topic);
    }
    socket.end(Buffer.from([0xe0, 0]));
  } finally {
    socket.destroy();
  }
}
