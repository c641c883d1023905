// Sizes of files as people say them.
import { locale } from "."

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const

/** `1.4 MB`, in the language of the person. */
export function size(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1)
  const unit = UNITS[step] ?? "byte"
  // The short form of a byte has no plural in some languages.
  const unitDisplay = step === 0 ? "long" : "short"
  const style = { style: "unit", unit, unitDisplay, maximumFractionDigits: step > 1 ? 1 : 0 } as const
  return new Intl.NumberFormat(locale.value, style).format(bytes / 1000 ** step)
}
