/** Entry point of the page. */
import { createRoot } from 'react-dom/client';
import './app/first.ts';
import './app/mantine-styles.ts';
import './app/theme.css';
import './components/components.css';
import './app/shell.css';
import { App } from './app/app.tsx';
import { createPageParts } from './app/page-parts.ts';
import { startI18n } from './locales/i18n.ts';

await startI18n();
const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<App parts={createPageParts()} />);
