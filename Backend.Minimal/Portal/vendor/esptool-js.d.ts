// What the portal uses of it. Its own declarations need a package for the types of Web Serial.
export interface Chip {
  CHIP_NAME: string;
  IMAGE_CHIP_ID?: number;
  readMac(loader: ESPLoader): Promise<string>;
  postConnect?(loader: ESPLoader): Promise<void>;
}

export interface WriteOptions {
  fileArray: { data: Uint8Array; address: number }[];
  flashSize: string;
  flashMode: string;
  flashFreq: string;
  eraseAll: boolean;
  compress: boolean;
  calculateMD5Hash(image: Uint8Array): string;
  reportProgress(index: number, written: number, total: number): void;
}

export class Transport {
  constructor(port: any);
  device: any;
  trace: (message: string) => void;
  slipWriter(packet: Uint8Array): Uint8Array;
  write(packet: Uint8Array): Promise<void>;
  disconnect(): Promise<void>;
}

export class ESPLoader {
  constructor(options: { transport: Transport; baudrate: number; romBaudrate: number; terminal: object });
  chip: Chip;
  secureDownloadMode: boolean;
  detectChip(mode?: string, attempts?: number): Promise<void>;
  runStub(): Promise<Chip>;
  changeBaud(): Promise<void>;
  detectFlashSize(): Promise<string | undefined>;
  flashSizeBytes(size: string): number;
  writeReg(address: number, value: number, mask?: number): Promise<void>;
  writeFlash(options: WriteOptions): Promise<void>;
}
