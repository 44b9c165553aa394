/** Why a launch target cannot become a command on this machine: data for the page to show beside the field, and the closed list of reasons. */
import type { ErrorCode } from '#contract/error-codes';
import { fillText, type TextValues, type ValuesFor } from '#contract/text-values';

export const FAULT_TEXTS = {
  'no-llama-server':
    'No llama-server was found on PATH. Install llama.cpp, set LLAMA_SERVER to its path and restart the runner, ' +
    'give the path of the binary in the form, or choose the embedded server, which needs no installation.',
  'embedded-sees-no-images':
    'The embedded server cannot see images. Choose llama-server for a vision model, or leave the projector (mmproj) empty.',
  'batch-needs-windows':
    'A {{extension}} file needs Windows; this runner is on {{platform}}. Use a .sh script.',
  'shell-on-windows':
    'A .sh file needs Linux or macOS; this runner is on Windows. Use a .bat or .ps1 script.',
  'no-powershell':
    'A .ps1 file needs PowerShell, and none was found on PATH. Install PowerShell or use a .sh script.',
  'no-powershell-on-windows': 'A .ps1 file needs PowerShell, and none was found on PATH. Install PowerShell.',
  'not-a-script':
    'Only .bat, .cmd, .sh and .ps1 files are scripts; "{{name}}" is none of them. Launch other programs as a command.',
} as const;

export type FaultReason = keyof typeof FAULT_TEXTS;

/** `field` is the form's field at fault, "recipe" where another recipe is needed; `reason` and `values` are the message for other languages. */
export interface LaunchFault {
  code: ErrorCode;
  field: string;
  message: string;
  reason: FaultReason;
  values: TextValues;
}

export function launchFault<Reason extends FaultReason>(
  at: Pick<LaunchFault, 'code' | 'field'>,
  reason: Reason,
  values: ValuesFor<(typeof FAULT_TEXTS)[Reason]>,
): LaunchFault {
  return { ...at, message: fillText(FAULT_TEXTS[reason], values), reason, values };
}

/** What an error says of a fault beside its message. */
export function faultDetails({ field, reason, values }: LaunchFault): {
  field: string;
  reason: FaultReason;
  values: TextValues;
} {
  return { field, reason, values };
}
