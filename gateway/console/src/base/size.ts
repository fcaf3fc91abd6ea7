const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** `1.5 GiB` */
export function bytes(count: number): string {
  let unit = 0
  let left = count
  while (left >= 1024 && unit < units.length - 1) {
    left /= 1024
    unit += 1
  }
  return `${unit === 0 ? left : left.toFixed(left < 10 ? 1 : 0)} ${units[unit]}`
}
