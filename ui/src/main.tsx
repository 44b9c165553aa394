/** Entry point of the page. */
import { createRoot } from 'react-dom/client';
import './app/first.ts';
import './app/mantine-styles.ts';
import './app/theme.css';
import './components/components.css';
import './app/shell.css';
import { App } from './app/app.tsx';
import { createPageParts } from './app/page-parts.ts';

const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<App parts={createPageParts()} />);
