import { createHash } from 'node:crypto';

import { CheckpointError } from '@anacrusis/tensor';

/** The files of a checkpoint besides `manifest.json`. No other name is ever opened. */
export const TENSORS_FILE = 'tensors.safetensors';
export const STATE_FILE = 'state.json';
export const MANIFEST_FILE = 'manifest.json';

const FORMAT = 'anacrusis-checkpoint';
const VERSION = 1;

export interface FileRecord {
  bytes: number;
  sha256: string;
}

export interface Manifest {
  format: typeof FORMAT;
  version: number;
  step: number;
  created: string;
  files: { [TENSORS_FILE]: FileRecord; [STATE_FILE]: FileRecord };
  tensors: Record<string, { dtype: string; shape: readonly number[] }>;
}

export type ManifestContent = Omit<Manifest, 'format' | 'version' | 'created'>;

/** The text of a manifest: one line of ASCII that ends with the SHA-256 of its content. */
export function encodeManifest(content: ManifestContent): string {
  const created = new Date().toISOString();
  const json = JSON.stringify({ format: FORMAT, version: VERSION, created, ...content });
  return sign(json.replaceAll(/[\u0080-\uffff]/g, escape));
}

/** @throws CheckpointError (`corrupt`, `version`) */
export function decodeManifest(bytes: Buffer, file: string): Manifest {
  const text = bytes.toString('latin1');
  const body = text.slice(PREFIX.length, -SUFFIX_LENGTH);
  if (text.length <= PREFIX.length + SUFFIX_LENGTH || sign(body) !== text) {
    throw new CheckpointError('corrupt', file, 'does not agree with its own SHA-256');
  }
  const manifest = parse(body) as Partial<Manifest> | null;
  if (manifest?.format !== FORMAT) throw new CheckpointError('corrupt', file, `not a ${FORMAT}`);
  if (manifest.version !== VERSION) {
    const reason = `version ${String(manifest.version)}, this release reads version ${VERSION}`;
    throw new CheckpointError('version', file, reason);
  }
  const { step, files, tensors } = manifest;
  const complete =
    Number.isSafeInteger(step) &&
    typeof tensors === 'object' &&
    tensors !== null &&
    [TENSORS_FILE, STATE_FILE].every((name) => isRecord(files?.[name as keyof typeof files]));
  if (!complete) throw new CheckpointError('corrupt', file, 'lacks step, files or tensors');
  return manifest as Manifest;
}

const PREFIX = '{"manifest":';
const SUFFIX_LENGTH = ',"sha256":"'.length + 64 + '"}\n'.length;

function sign(body: string): string {
  const sha256 = createHash('sha256').update(body).digest('hex');
  return `${PREFIX}${body},"sha256":"${sha256}"}\n`;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function isRecord(record: FileRecord | undefined): boolean {
  return Number.isSafeInteger(record?.bytes) && typeof record?.sha256 === 'string';
}
