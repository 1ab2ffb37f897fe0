// Espressif's esptool-js flashes the simulated chip over its pseudo-terminal: what it takes for an ESP32-S3, is near enough to one.
import assert from 'node:assert/strict';
import { createHash, randomFillSync } from 'node:crypto';
import { test } from 'node:test';
import { ESPLoader, Transport } from 'esptool-js';
import { Chip } from './chip.mjs';
import { TerminalPort } from './terminal.mjs';

const romBlock = 0x400;
const keep = { flashSize: 'keep', flashMode: 'keep', flashFreq: 'keep', eraseAll: false };
const md5 = (bytes) => createHash('md5').update(bytes).digest('hex');

async function connected(t) {
    const chip = await Chip.start('--mac', 'f412fac0dbff');
    const said = [];
    const terminal = { clean: () => {}, write: (text) => said.push(text), writeLine: (text) => said.push(text) };
    const transport = new Transport(new TerminalPort(chip.path));
    // It says what it does on the console, whoever listens.
    transport.trace = () => {};
    t.after(async () => {
        await transport.disconnect();
        await chip.stop();
    });
    return { chip, said, transport, loader: new ESPLoader({ transport, baudrate: 921600, romBaudrate: 115200, terminal }) };
}

test('with its stub: all parts, verified, read back', { timeout: 300_000 }, async (t) => {
    const { chip, said, loader } = await connected(t);
    assert.equal(await loader.main('no_reset'), 'ESP32-S3 (QFN56) (revision v0.2)');
    assert.ok(said.includes('MAC: f4:12:fa:c0:db:ff'), said.join('\n'));
    assert.ok(said.includes('Stub running...'));
    assert.equal(await loader.detectFlashSize(), '8MB');

    const firmware = randomFillSync(new Uint8Array(150_000));
    const identity = new Uint8Array(0x6000).fill(0xff);
    identity.set(randomFillSync(new Uint8Array(500)));
    const progress = [];
    await loader.writeFlash({
        ...keep,
        fileArray: [{ data: firmware, address: 0x10000 }, { data: identity, address: 0x694000 }],
        compress: true,
        calculateMD5Hash: md5,
        reportProgress: (file, sent, total) => progress.push(`${file}:${sent === total}`),
    });
    assert.equal(said.filter((text) => text === 'Hash of data verified.').length, 2);
    assert.deepEqual([...new Set(progress)], ['0:false', '0:true', '1:false', '1:true']);
    assert.equal(md5(await loader.readFlash(0x694000, identity.length)), md5(identity));

    await loader.writeFlash({ ...keep, fileArray: [{ data: identity, address: 0x2000 }], compress: false, calculateMD5Hash: md5 });
    await loader.eraseFlash();
    assert.equal(await loader.flashMd5sum(0x10000, 4096), md5(new Uint8Array(4096).fill(0xff)));

    const before = chip.lines.length;
    chip.say('reset');
    await chip.line(/boot:0x8 \(SPI_FAST_FLASH_BOOT\)/, before);
    await chip.line(/invalid header: 0xffffffff/, before);
});

test('without a stub, through the ROM alone', { timeout: 300_000 }, async (t) => {
    const { chip, loader } = await connected(t);
    await loader.detectChip('no_reset');
    assert.equal(loader.chip.CHIP_NAME, 'ESP32-S3');
    await loader.flashSpiAttach(0);
    loader.FLASH_WRITE_SIZE = romBlock;
    const firmware = randomFillSync(new Uint8Array(20_000));
    await loader.writeFlash({ ...keep, fileArray: [{ data: firmware, address: 0x10000 }], compress: true });
    await loader.writeFlash({ ...keep, fileArray: [{ data: firmware, address: 0x20000 }], compress: false });
    // The ROM answers with text; esptool-js shows the digits of its digits.
    const text = (digits) => Buffer.from(digits, 'hex').toString('latin1');
    assert.equal(text(await loader.flashMd5sum(0x10000, firmware.length)), md5(firmware));
    assert.equal(text(await loader.flashMd5sum(0x20000, firmware.length)), md5(firmware));
    const before = chip.lines.length;
    await loader.after('soft_reset');
    await chip.line(/boot:0x8/, before);
});
