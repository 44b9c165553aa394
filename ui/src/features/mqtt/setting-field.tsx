/** One setting as text: with its hint, its fault, and that the environment has fixed it. */
import { PasswordInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface SettingFieldProps {
  name: string;
  label: string;
  hint?: string;
  placeholder?: string;
  value: string;
  fault?: string | null;
  isFixed: boolean;
  isSecret?: boolean;
  isNumber?: boolean;
  onChange: (value: string) => void;
}

const HINT_BELOW = ['label', 'input', 'description', 'error'] as (
  | 'label'
  | 'input'
  | 'description'
  | 'error'
)[];

export function SettingField(props: SettingFieldProps) {
  const { t } = useTranslation();
  const {
    name,
    label,
    hint,
    placeholder,
    value,
    fault = null,
    isFixed,
    isSecret = false,
    isNumber = false,
    onChange,
  } = props;
  const shared = {
    name,
    label,
    value,
    placeholder: placeholder ?? '',
    disabled: isFixed,
    error: fault,
    description: isFixed ? t('mqtt.form.fixed') : hint,
    inputWrapperOrder: HINT_BELOW,
    spellCheck: false,
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  };
  if (isSecret)
    return (
      <PasswordInput
        {...shared}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': t('mqtt.form.showPassword') }}
      />
    );
  return (
    <TextInput
      {...shared}
      autoComplete="off"
      classNames={{ input: 'mono' }}
      inputMode={isNumber ? 'numeric' : 'text'}
    />
  );
}
