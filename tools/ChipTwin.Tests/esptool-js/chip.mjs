// The simulated chip as a process: its port, and what it prints.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const dll = process.env.JB_CHIP_TWIN ?? fileURLToPath(new URL('../../ChipTwin/bin/Debug/net10.0/ChipTwin.dll', import.meta.url));
const patienceMs = 60_000;

export class Chip {
    #process;
    lines = [];
    #waiting = [];

    static async start(...options) {
        if (!existsSync(dll)) {
            throw new Error(`${dll} is not there: dotnet build tools/ChipTwin`);
        }

        const chip = new Chip();
        chip.#process = spawn('dotnet', [dll, ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
        createInterface({ input: chip.#process.stdout }).on('line', (line) => {
            chip.lines.push(line);
            chip.#waiting = chip.#waiting.filter((look) => !look());
        });
        chip.path = await chip.line(/^\/dev\//);
        return chip;
    }

    // The first line that is like this, from the given one on.
    line(pattern, from = 0) {
        return new Promise((found, fail) => {
            const timer = setTimeout(() => fail(new Error(`no line like ${pattern} in:\n${this.lines.join('\n')}`)), patienceMs);
            const look = () => {
                const line = this.lines.slice(from).find((text) => pattern.test(text));
                if (line !== undefined) {
                    clearTimeout(timer);
                    found(line);
                }

                return line !== undefined;
            };
            if (!look()) {
                this.#waiting.push(look);
            }
        });
    }

    say(word) {
        this.#process.stdin.write(`${word}\n`);
    }

    async stop() {
        const over = new Promise((done) => this.#process.once('exit', done));
        this.#process.stdin.end();
        await over;
    }
}
