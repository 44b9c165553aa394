/** Why a launch target cannot become a command on this machine: data for the page to show beside the field. */
import type { ErrorCode } from '#contract/error-codes';

/** `field` is the form's field at fault, "recipe" where another recipe is needed. */
export interface LaunchFault {
  code: ErrorCode;
  field: string;
  message: string;
}
