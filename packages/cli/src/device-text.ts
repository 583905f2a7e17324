import { cpuInfo, deviceInfo } from '@anacrusis/native';
import { chooseDevice } from '@anacrusis/tensor';

/**
 * The device of a run, for its first line; with `auto` also why it is that one.
 * @throws DeviceError where a CUDA device was named and cannot be used
 */
export function deviceText(name: string): string {
  const { device, reason } = chooseDevice(name);
  const { isa, threads } = cpuInfo();
  const chosen =
    device === 'cpu'
      ? `${isa}, ${threads} thread${threads === 1 ? '' : 's'}`
      : (deviceInfo().devices[Number(device.slice('cuda:'.length))]?.name ?? '');
  return `${device} (${chosen}${name === 'auto' ? `; auto: ${reason}` : ''})`;
}
