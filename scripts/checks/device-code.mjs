// What nvcc made of the kernels, read out of a binary: node device-code.mjs <cuda.node> prints it as JSON lines, one
// per kernel and architecture (checks/kernels.mjs judges it). No tool of the toolkit is needed, only a Node that has zstd (22.15 and up).
//
// Fat binaries are a header (magic number, sizes) and entries, each a cubin, an ELF file, as a zstd frame; sections
// `.text.<kernel>` hold instructions of 16 bytes, and `.nv.info` attributes of kernels.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';

const FATBIN = 0xba55ed50;
const CUBIN = 2;
const REGISTERS = 0x2f;
const STACK = 0x11;

const u64 = (bytes, at) => Number(bytes.readBigUInt64LE(at));

/** Entries of all fat binaries: `{ architecture, elf }`. */
function* cubins(binary) {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(FATBIN);
  for (let at = binary.indexOf(magic); at >= 0; at = binary.indexOf(magic, at + 4)) {
    let entry = at + binary.readUInt16LE(at + 6);
    const end = entry + u64(binary, at + 8);
    // The number may also stand in the code that registers fat binaries.
    if (binary.readUInt16LE(at + 4) !== 1 || end > binary.length) continue;
    while (entry < end) {
      const header = binary.readUInt32LE(entry + 4);
      const padded = u64(binary, entry + 8);
      const compressed = binary.readUInt32LE(entry + 16);
      const architecture = binary.readUInt32LE(entry + 28);
      const data = binary.subarray(entry + header, entry + header + (compressed || padded));
      if (binary.readUInt16LE(entry) === CUBIN) {
        yield { architecture, elf: compressed ? zstdDecompressSync(data) : data };
      }
      entry += header + padded;
    }
  }
}

function sectionsOf(elf) {
  const [table, size, count, names] = [
    u64(elf, 40),
    ...[58, 60, 62].map((i) => elf.readUInt16LE(i)),
  ];
  const sections = Array.from({ length: count }, (_, i) => {
    const at = table + i * size;
    const [offset, bytes] = [u64(elf, at + 24), u64(elf, at + 32)];
    const type = elf.readUInt32LE(at + 4);
    return { name: elf.readUInt32LE(at), type, data: elf.subarray(offset, offset + bytes) };
  });
  const text = (table, at) => table.toString('latin1', at, table.indexOf(0, at));
  for (const section of sections) section.name = text(sections[names].data, section.name);
  return sections;
}

/** `attribute` by symbol number. */
function attributes(info, attribute) {
  const found = new Map();
  for (let at = 0; info && at + 4 <= info.length;) {
    const size = info[at] === 4 ? info.readUInt16LE(at + 2) : 0;
    if (info[at + 1] === attribute) found.set(info.readUInt32LE(at + 4), info.readUInt32LE(at + 8));
    at += 4 + size;
  }
  return found;
}

const widths = { 4: '.32', 5: '.64', 6: '.128' };
// The lower nine bits of an instruction; three more say where its operands are. Those above 64 hold the width.
const names = new Map([
  [0x03c, 'HMMA'], [0x03b, 'LDSM'], [0x1ae, 'LDGSTS'], [0x181, 'LDG'], [0x186, 'STG'], [0x184, 'LDS'], [0x188, 'STS'], [0x180, 'LD'], [0x185, 'ST'],
  [0x183, 'LDL'], [0x187, 'STL'], [0x1f0, 'HGMMA'], [0x1b4, 'UTMALDG'],
]); // prettier-ignore

function opcodes(code) {
  const counts = {};
  for (let at = 0; at + 16 <= code.length; at += 16) {
    const name = names.get(code.readUInt16LE(at) & 0x1ff);
    if (!name) continue;
    const global = ['LDG', 'STG', 'LD', 'ST'].includes(name);
    const full = name + (global ? (widths[(code.readUInt16LE(at + 8) >> 9) & 7] ?? '') : '');
    counts[full] = (counts[full] ?? 0) + 1;
  }
  return counts;
}

/** Kernels of a binary: `{ kernel, architecture, registers, stack, instructions, opcodes }`. */
export function* kernels(path) {
  for (const { architecture, elf } of cubins(readFileSync(path))) {
    const sections = sectionsOf(elf);
    const named = (name) => sections.find((section) => section.name === name)?.data;
    const [symbols, strings, info] = ['.symtab', '.strtab', '.nv.info'].map(named);
    const [registers, stack] = [REGISTERS, STACK].map((attribute) => attributes(info, attribute));
    for (let i = 0; i * 24 < symbols.length; i++) {
      const at = symbols.readUInt32LE(i * 24);
      const kernel = strings.toString('latin1', at, strings.indexOf(0, at));
      const code = registers.has(i) && named(`.text.${kernel}`);
      if (!code) continue;
      yield {
        kernel,
        architecture,
        registers: registers.get(i),
        stack: stack.get(i) ?? 0,
        instructions: code.length / 16,
        opcodes: opcodes(code),
      };
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const kernel of kernels(process.argv[2])) console.log(JSON.stringify(kernel));
}
