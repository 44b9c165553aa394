/** Why a process failed and what to do; the button puts the mend into the launch form. */
import { Button } from '@mantine/core';
import type { Recipe } from '#contract/launch-form';
import type { Diagnosis } from '#contract/process';
import { en } from '../../locales/en.ts';
import { fill } from '../../locales/fill.ts';

interface DiagnosisNoteProps {
  diagnosis: Diagnosis;
  recipe: Recipe;
  onApply: () => void;
}

export function DiagnosisNote({ diagnosis, recipe, onApply }: DiagnosisNoteProps) {
  const fixes = Object.entries(diagnosis.fix).filter(([field]) => hasField(recipe, field));
  return (
    <div className="note note-bad">
      <div>
        <strong>{diagnosis.cause}</strong> {diagnosis.suggestion}
      </div>
      {fixes.length > 0 && (
        <div className="row wrap">
          <Button size="xs" onClick={onApply}>
            {fixLabel(fixes)}
          </Button>
        </div>
      )}
    </div>
  );
}

function fixLabel(fixes: [string, string | number | boolean][]): string {
  const [only] = fixes;
  const names: Record<string, string> = en.fields;
  if (fixes.length > 1 || only === undefined) return en.cards.applyFixes;
  return fill(en.cards.applyFix, { field: names[only[0]] ?? only[0], value: String(only[1]) });
}

/** A script or a command of one's own may run a server, but its form has no such fields. */
function hasField(recipe: Recipe, field: string): boolean {
  if (recipe === 'script') return false;
  return recipe !== 'command' || field === 'port' || field === 'cmd';
}
