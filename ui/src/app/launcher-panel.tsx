/** The launcher with the profiles beside it: joins the two features. Loaded apart, after the first paint. */
import { Launcher } from '../features/launcher/launcher.tsx';
import { toDraft } from '../features/launcher/target-draft.ts';
import type { DraftControl } from '../features/launcher/use-launch-draft.ts';
import { useLaunchOrder } from '../features/launcher/use-launch-order.ts';
import { ProfilesMenu } from '../features/profiles/profiles-menu.tsx';
import { SaveProfile } from '../features/profiles/save-profile.tsx';

export interface LauncherPanelProps {
  control: DraftControl;
  takenIds: readonly string[];
  onLaunched: (id: string) => void;
}

export function LauncherPanel({ control, takenIds, onLaunched }: LauncherPanelProps) {
  const made = useLaunchOrder(control.draft, takenIds);
  const form =
    made.order === null
      ? null
      : { target: made.order.target, processId: made.order.id, restart: { policy: made.order.restart } };
  return (
    <Launcher
      control={control}
      made={made}
      profiles={
        <ProfilesMenu
          loadedId={control.draft.profileId}
          onLoad={({ id, target, processId, restart }) =>
            control.replace(toDraft({ target, processId, restart: restart.policy, profileId: id }))
          }
        />
      }
      save={
        <SaveProfile
          form={form}
          loadedId={control.draft.profileId}
          onSaved={(profileId) => control.change({ profileId })}
        />
      }
      onLaunched={onLaunched}
    />
  );
}
