/** A block of code with its language and a button that copies it. */
import { isValidElement, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyAction } from './copy-action.tsx';

export function CodeBlock({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const { language, code } = readCode(children);
  return (
    <div className="code-block">
      <div className="code-head">
        <span className="grow">{language === '' ? t('chat.code') : language}</span>
        <CopyAction text={code} label={t('chat.copyCode')} />
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </div>
  );
}

/** react-markdown gives a `code` element with the language in its class. */
function readCode(children: ReactNode): { language: string; code: string } {
  if (!isValidElement<{ className?: string; children?: ReactNode }>(children))
    return { language: '', code: '' };
  const { className = '', children: text } = children.props;
  return {
    language: /language-(\S+)/.exec(className)?.[1] ?? '',
    code: typeof text === 'string' ? text.replace(/\n$/, '') : '',
  };
}
