/** The three questions: where the model runs, how the machines reach one another, and their names. */
import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { fieldsOf, type Answers, type Faults, type Field } from './answers.ts';
import { ChoiceList } from './choice-list.tsx';

interface QuestionsProps {
  answers: Answers;
  faults: Faults;
  onChange: (part: Partial<Answers>) => void;
}

const MODEL_PLACES = ['here', 'other'] as const;
const WAYS = ['ssh-other', 'ssh-here', 'broker'] as const;
const HINT_BELOW = ['label', 'input', 'description', 'error'] as (
  | 'label'
  | 'input'
  | 'description'
  | 'error'
)[];
const EXAMPLES: { [field in Field]?: string } = {
  identityFile: '~/.ssh/llm-tunnel',
  brokerUrl: 'mqtts://broker.example:8883',
};

function nameExample(field: Field, { modelOn }: Answers): string {
  if (field !== 'otherName' && field !== 'hereName') return '';
  return (field === 'hereName') === (modelOn === 'here') ? 'machine-a.example' : 'machine-b.example';
}

export function Questions({ answers, faults, onChange }: QuestionsProps) {
  const { t } = useTranslation();
  return (
    <section className="card connect-questions" aria-label={t('connect.questions.title')}>
      <ChoiceList
        question={t('connect.questions.modelOn')}
        options={MODEL_PLACES.map((value) => ({
          value,
          label: t(`connect.questions.places.${value}`),
          hint: t(`connect.questions.placeHints.${value}`),
        }))}
        value={answers.modelOn}
        onChange={(modelOn) => onChange({ modelOn })}
      />
      <ChoiceList
        question={t('connect.questions.way')}
        options={WAYS.map((value) => ({
          value,
          label: t(`connect.questions.ways.${value}`),
          hint: t(`connect.questions.wayHints.${value}`),
        }))}
        value={answers.way}
        onChange={(way) => onChange({ way })}
      />
      <fieldset className="connect-question">
        <legend>{t('connect.questions.names')}</legend>
        <div className="connect-fields">
          {fieldsOf(answers).map(({ field }) => (
            <TextInput
              key={field}
              name={field}
              label={t(`connect.fields.${field}`)}
              description={t(`connect.fieldHints.${field}`)}
              inputWrapperOrder={HINT_BELOW}
              placeholder={EXAMPLES[field] ?? nameExample(field, answers)}
              classNames={{ input: 'mono' }}
              autoComplete="off"
              spellCheck={false}
              inputMode={field.endsWith('Port') ? 'numeric' : 'text'}
              value={answers[field]}
              // An empty field is not marked; the steps below wait for it.
              error={
                faults[field] === true && answers[field].trim() !== '' ? t(`connect.faults.${field}`) : null
              }
              onChange={(event) => onChange({ [field]: event.currentTarget.value })}
            />
          ))}
        </div>
      </fieldset>
    </section>
  );
}
