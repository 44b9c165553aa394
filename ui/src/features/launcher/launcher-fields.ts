/** What every part of the launcher form is given. */
import type { FieldFaults } from './draft-target.ts';
import type { DraftControl } from './use-launch-draft.ts';

export interface FieldsProps {
  control: DraftControl;
  /** Faults to show now. */
  faults: FieldFaults;
}
