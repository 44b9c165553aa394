/** Every text that a user can see, those of all screens together: for the types of the keys and for tests. The page loads them in parts. */
import { enChat } from './en-chat.ts';
import { enGateway } from './en-gateway.ts';
import { enLauncher } from './en-launcher.ts';
import { enSystem } from './en-system.ts';
import { en } from './en.ts';
import { hrChat } from './hr-chat.ts';
import { hrGateway } from './hr-gateway.ts';
import { hrLauncher } from './hr-launcher.ts';
import { hrSystem } from './hr-system.ts';
import { hr } from './hr.ts';

export const allTexts = {
  en: { ...en, ...enChat, ...enGateway, ...enLauncher, ...enSystem },
  hr: { ...hr, ...hrChat, ...hrGateway, ...hrLauncher, ...hrSystem },
};
