// A port of the Web Serial API over a terminal: as much of it as esptool-js uses. A pseudo-terminal has no reset lines, and no rate.
import { constants, createWriteStream, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';

export class TerminalPort {
    #path;
    #input = null;
    #output = null;
    readable = null;
    writable = null;

    constructor(path) {
        this.#path = path;
    }

    getInfo() {
        return {};
    }

    async setSignals() {
        // Nothing to set.
    }

    async setBaudRate() {
        // Any rate is right.
    }

    async open() {
        this.#input = new ReadStream(openSync(this.#path, constants.O_RDWR | constants.O_NOCTTY));
        this.#output = createWriteStream(this.#path, { flags: 'r+' });
        this.readable = new ReadableStream({
            start: (controller) => this.#input.on('data', (bytes) => controller.enqueue(new Uint8Array(bytes))),
        });
        this.writable = new WritableStream({
            write: (bytes) => new Promise((done, fail) => this.#output.write(bytes, (error) => (error ? fail(error) : done()))),
        });
    }

    async close() {
        this.readable = null;
        this.writable = null;
        this.#input.destroy();
        await new Promise((done) => this.#output.end(done));
    }
}
