/** A question with a few options, each with a line that explains it. */
import { useId } from 'react';

interface ChoiceListProps<Value extends string> {
  question: string;
  options: readonly { value: Value; label: string; hint: string }[];
  value: Value;
  onChange: (value: Value) => void;
}

export function ChoiceList<Value extends string>({
  question,
  options,
  value,
  onChange,
}: ChoiceListProps<Value>) {
  const name = useId();
  return (
    <fieldset className="connect-question">
      <legend>{question}</legend>
      <div className="connect-choices">
        {options.map((option) => (
          <label key={option.value} className="connect-choice">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <strong>{option.label}</strong>
            <span className="sub">{option.hint}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
