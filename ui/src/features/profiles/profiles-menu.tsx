/** The Profiles button beside the launcher's title: load one, save the form as one, manage them. */
import { Button, Menu } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Profile } from '#contract/profile';
import { Icon } from '../../components/icon.tsx';
import { ManageProfiles } from './manage-profiles.tsx';
import { useProfiles } from './profile-queries.ts';
import './profiles.css';

interface ProfilesMenuProps {
  loadedId: string | null;
  onLoad: (profile: Profile) => void;
}

export function ProfilesMenu({ loadedId, onLoad }: ProfilesMenuProps) {
  const { t } = useTranslation();
  const profiles = useProfiles();
  const [isManaging, setManaging] = useState(false);
  return (
    <>
      <Menu position="bottom-end" width={260}>
        <Menu.Target>
          <Button size="xs" rightSection={<Icon name="down" size={12} />}>
            {t('profiles.title')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {profiles.data?.length === 0 && <div className="menu-note">{t('profiles.none')}</div>}
          {profiles.error !== null && <div className="menu-note">{profiles.error.message}</div>}
          <div className="menu-scroll">
            {profiles.data?.map((profile) => (
              <Menu.Item
                key={profile.id}
                onClick={() => onLoad(profile)}
                aria-current={profile.id === loadedId || undefined}
              >
                <span className="profile-name truncate">{profile.name}</span>
                <span className="sub truncate profile-what">
                  {t(`recipes.${profile.target.recipe}`)} · {profile.processId}
                </span>
              </Menu.Item>
            ))}
          </div>
          <Menu.Divider />
          <Menu.Item onClick={() => setManaging(true)}>{t('profiles.manage')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isManaging && <ManageProfiles onClose={() => setManaging(false)} />}
    </>
  );
}
