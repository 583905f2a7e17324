import { deviceInfo } from './device.js';
import type { CudaBinding } from './device-array.js';
import { loadBinary, loadCpu, platformPackage, whyNoCudaBinary } from './load.js';

/** One line of the report: what was looked at, what was found, and whether it is as it should be. */
export interface Finding {
  subject: string;
  found: string;
  /** `fallback`: works, but something better was not available, for the reason given. */
  status: 'ok' | 'fallback' | 'fault';
  reason?: string;
}

export interface Diagnosis {
  /** One sentence. */
  verdict: string;
  ok: boolean;
  findings: Finding[];
}

function binaryFindings(): Finding[] {
  try {
    const { binding, from } = loadCpu();
    const { isa, bestIsa: best, threads } = binding.info();
    const isaFinding: Finding =
      isa === best
        ? { subject: 'instruction set', found: isa, status: 'ok' }
        : {
            subject: 'instruction set',
            found: isa,
            status: 'fallback',
            reason: `this processor can run ${best}; ANACRUSIS_ISA asks for less`,
          };
    return [
      { subject: 'binary', found: `${from} (version ${binding.version})`, status: 'ok' },
      isaFinding,
      { subject: 'matrix product', found: `own register tiles, ${isa}`, status: 'ok' },
      { subject: 'threads', found: String(threads), status: 'ok' },
    ];
  } catch (error) {
    const reason = (error as Error).message;
    return [{ subject: 'binary', found: 'none', status: 'fault', reason }];
  }
}

const notHere = (subject: string, reason: string): Finding => ({
  ...{ subject, found: 'none', status: 'fallback', reason },
});

function cudaBinaryFinding(): Finding {
  const subject = 'CUDA binary';
  const missing = whyNoCudaBinary();
  if (missing) return notHere(subject, missing);
  try {
    const { binding, from } = loadBinary<CudaBinding>('cuda.node');
    const chosen = process.env['ANACRUSIS_CUDA_BINARY'] ? ', chosen by ANACRUSIS_CUDA_BINARY' : '';
    return { subject, found: `${from} (version ${binding.version}${chosen})`, status: 'ok' };
  } catch (error) {
    return notHere(subject, (error as Error).message);
  }
}

const versionText = (version: number): string =>
  version === 0 ? 'none' : `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;

function deviceFindings(): Finding[] {
  const info = deviceInfo();
  const { reason } = info;
  if (!info.available) {
    return [
      {
        subject: 'CUDA driver',
        found: versionText(info.driverVersion),
        status: 'fallback',
        reason,
      },
      { subject: 'device', found: 'cpu', status: 'fallback', reason: 'no CUDA device can be used' },
    ];
  }
  const devices = info.devices.map(({ index, name, capability, totalBytes }): Finding => {
    const memory = `${(totalBytes / 2 ** 30).toFixed(1)} GiB`;
    return {
      subject: `cuda:${index}`,
      found: `${name}, sm ${capability}, ${memory}`,
      status: 'ok',
    };
  });
  const cublasLt: Finding = info.cublasLt
    ? { subject: 'cuBLASLt', found: info.cublasLt, status: 'ok' }
    : notHere('cuBLASLt', info.cublasLtReason);
  const driver: Finding = {
    subject: 'CUDA driver',
    found: `${versionText(info.driverVersion)} (runtime ${versionText(info.runtimeVersion)})`,
    status: 'ok',
  };
  return [driver, ...devices, cublasLt];
}

function verdictOf(findings: Finding[]): string {
  const fault = findings.find(({ status }) => status === 'fault');
  if (fault) return `Not working: ${fault.subject}: ${fault.reason}`;
  const cuda = findings.some(({ subject }) => subject.startsWith('cuda:'));
  return cuda ? 'Working on CPU and CUDA.' : 'Working on the CPU; CUDA cannot be used here.';
}

/** Looks at the installation: platform, binaries, instruction set, matrix product, driver, devices, cuBLASLt. */
export function diagnose(): Diagnosis {
  const platform: Finding = {
    subject: 'platform',
    found: `${platformPackage()}, Node ${process.versions.node}`,
    status: 'ok',
  };
  const findings = [platform, ...binaryFindings(), cudaBinaryFinding(), ...deviceFindings()];
  const ok = findings.every(({ status }) => status !== 'fault');
  return { verdict: verdictOf(findings), ok, findings };
}
