/** Renders an answer's Markdown block by block: finished blocks are not rendered again while the last one grows. No HTML, no remote content. */
import { memo, useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import Markdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { CodeBlock } from './code-block.tsx';
import { splitBlocks } from './split-blocks.ts';

const PLUGINS = [remarkGfm];

export const AnswerText = memo(function AnswerText({ text }: { text: string }) {
  const blocks = useMemo(() => splitBlocks(text), [text]);
  return (
    <div className="markdown">
      {blocks.map((block, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- a block keeps its place; only the last one changes
        <Block key={index} text={block} />
      ))}
    </div>
  );
});

const Block = memo(function Block({ text }: { text: string }) {
  return (
    <Markdown remarkPlugins={PLUGINS} components={COMPONENTS}>
      {text}
    </Markdown>
  );
});

const COMPONENTS: Components = {
  a: ({ href, children }) => <AnswerLink href={href}>{children}</AnswerLink>,
  img: ({ src, alt }) => <UnloadedImage src={typeof src === 'string' ? src : ''} alt={alt ?? ''} />,
  // A table that is too wide scrolls on its own, also by keyboard.
  table: ({ children }) => (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <div className="markdown-table" tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  // Checkboxes of a task list.
  input: ({ checked }) => <span className="mono">{checked === true ? '☑' : '☐'} </span>,
};

/** A link within the answer (a footnote) is plain text: its fragment would switch the page to another screen. */
function AnswerLink({ href = '', children }: { href: string | undefined; children: ReactNode }) {
  if (href === '' || href.startsWith('#')) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}

function UnloadedImage({ src, alt }: { src: string; alt: string }) {
  const { t } = useTranslation();
  return <AnswerLink href={src}>{t('chat.imageNotLoaded', { name: alt === '' ? src : alt })}</AnswerLink>;
}
