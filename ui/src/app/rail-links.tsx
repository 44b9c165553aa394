/** The links to the screens. Where the bar at the bottom is too narrow for all, a menu holds those behind the first four. */
import { Menu } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Icon } from '../components/icon.tsx';
import { useProcesses } from '../features/processes/process-queries.ts';
import { RAIL, SCREENS, formatRoute, type RailScreen, type Route } from './router.ts';

const ALWAYS_SHOWN = 4;
const IN_MENU: readonly RailScreen[] = RAIL.slice(ALWAYS_SHOWN);

export function RailLinks({ route }: { route: Route }) {
  return (
    <>
      {RAIL.map((screen) => (
        <RailLink key={screen} screen={screen} route={route} />
      ))}
      <MoreScreens route={route} />
    </>
  );
}

function RailLink({ screen, route }: { screen: RailScreen; route: Route }) {
  const { t } = useTranslation();
  return (
    <a
      className={IN_MENU.includes(screen) ? 'rail-link rail-link-wide' : 'rail-link'}
      href={formatRoute(SCREENS[screen])}
      aria-current={route.screen === screen ? 'page' : undefined}
    >
      <Icon name={screen} />
      <span>{t(`nav.${screen}`)}</span>
      {screen === 'servers' && <RunningCount />}
    </a>
  );
}

function MoreScreens({ route }: { route: Route }) {
  const { t } = useTranslation();
  const current = IN_MENU.find((screen) => screen === route.screen);
  return (
    <Menu position="top-end" width={200}>
      <Menu.Target>
        <button
          type="button"
          className="rail-link rail-more"
          aria-current={current === undefined ? undefined : 'true'}
        >
          <Icon name="more" />
          <span>{t('nav.more')}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {IN_MENU.map((screen) => (
          <Menu.Item
            key={screen}
            component="a"
            href={formatRoute(SCREENS[screen])}
            leftSection={<Icon name={screen} />}
            aria-current={screen === current ? 'page' : undefined}
          >
            {t(`nav.${screen}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function RunningCount() {
  const { t } = useTranslation();
  const count = useProcesses().data?.filter(({ pid }) => pid !== null).length ?? 0;
  return count === 0 ? null : (
    <b title={t('nav.running')}>
      {count}
      <span className="visually-hidden"> {t('nav.running')}</span>
    </b>
  );
}
