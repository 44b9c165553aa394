/** All texts of all screens in one object, for the types of the keys and for tests. The page itself loads them in parts. */
import { enChat } from './en-chat.ts';
import { enConnect } from './en-connect.ts';
import { enGateway } from './en-gateway.ts';
import { enLauncher } from './en-launcher.ts';
import { enMqtt } from './en-mqtt.ts';
import { enSystem } from './en-system.ts';
import { enTunnels } from './en-tunnels.ts';
import { en } from './en.ts';
import { hrChat } from './hr-chat.ts';
import { hrConnect } from './hr-connect.ts';
import { hrGateway } from './hr-gateway.ts';
import { hrLauncher } from './hr-launcher.ts';
import { hrMqtt } from './hr-mqtt.ts';
import { hrSystem } from './hr-system.ts';
import { hrTunnelsScreen } from './hr-tunnels-screen.ts';
import { hr } from './hr.ts';

export const allTexts = {
  en: { ...en, ...enChat, ...enConnect, ...enGateway, ...enLauncher, ...enMqtt, ...enSystem, ...enTunnels },
  hr: {
    ...hr,
    ...hrChat,
    ...hrConnect,
    ...hrGateway,
    ...hrLauncher,
    ...hrMqtt,
    ...hrSystem,
    ...hrTunnelsScreen,
  },
};
