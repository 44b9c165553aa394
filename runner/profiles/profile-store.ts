/** Owns the launch profiles: in memory, and in one file that every change rewrites. One change at a time. */
import type { LaunchTarget } from '#contract/launch-form';
import type { Profile, ProfileChange, ProfileExport, ProfileInput } from '#contract/profile';
import { AppError } from '../base/errors.ts';
import { copyName, numberedName } from '../base/free-name.ts';
import { Signal } from '../base/signal.ts';
import { loadProfiles, saveProfiles } from './profile-file.ts';
import type { Fault } from './profile-file.ts';
import { copyProcessId } from './profile-names.ts';

export interface ProfileStoreParts {
  /** The JSON file; made with mode 0600 at the first change. */
  file: string;
  now: () => Date;
  newId: () => string;
  /** What an export may show of a target. */
  withoutSecrets: (target: LaunchTarget) => LaunchTarget;
}

/** Changes throw STORAGE_FAILED when they cannot be written; then nothing has changed. Unknown ids are PROFILE_NOT_FOUND. */
export class ProfileStore {
  /** After the start only; a change that could not be written is none. */
  readonly changed = new Signal<void>();
  readonly #parts: ProfileStoreParts;
  #profiles: readonly Profile[] = [];
  #faults: readonly Fault[] = [];
  #isReadOnly = false;
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(parts: ProfileStoreParts) {
    this.#parts = parts;
  }

  /** Reads the file. What is wrong with it is in `faults`; it never throws for that. */
  async start(): Promise<void> {
    const { profiles, faults, isReadOnly } = await loadProfiles(this.#parts.file, this.#parts.now());
    this.#profiles = profiles;
    this.#faults = faults;
    this.#isReadOnly = isReadOnly;
    // Else every start would find the skipped profiles again and keep another copy of them.
    if (faults.length > 0 && !isReadOnly)
      await saveProfiles(this.#parts.file, profiles).catch(() => undefined);
  }

  get faults(): readonly Fault[] {
    return this.#faults;
  }

  /** In the order in which they were made. */
  list(): Profile[] {
    return [...this.#profiles];
  }

  get(id: string): Profile {
    return find(this.#profiles, id);
  }

  /** Throws PROFILE_EXISTS when the name is in use. */
  create(input: ProfileInput): Promise<Profile> {
    return this.#add(({ isNameTaken }) => {
      if (isNameTaken(input.name)) throw nameInUse(input.name);
      return [input];
    }).then(first);
  }

  /** Absent fields stay. Throws PROFILE_EXISTS when another profile has the name. */
  change(id: string, change: ProfileChange): Promise<Profile> {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    return this.#commit((profiles) => {
      const before = find(profiles, id);
      const profile: Profile = { ...before, ...given, updatedAt: this.#parts.now().toISOString() };
      if (profiles.some((other) => other.id !== id && other.name === profile.name))
        throw nameInUse(profile.name);
      return { next: profiles.map((other) => (other.id === id ? profile : other)), result: profile };
    });
  }

  /** "name (copy)" with a process id of its own, so that both can run; nothing starts it by itself. */
  duplicate(id: string): Promise<Profile> {
    return this.#add(({ profiles, isNameTaken }) => {
      const { name, processId, target, restart } = find(profiles, id);
      const isIdTaken = (candidate: string): boolean =>
        profiles.some((other) => other.processId === candidate);
      return [
        {
          name: copyName(name, isNameTaken),
          processId: copyProcessId(processId, isIdTaken),
          target,
          restart,
          startWithRunner: false,
          onDemand: null,
        },
      ];
    }).then(first);
  }

  remove(id: string): Promise<void> {
    return this.#commit((profiles) => {
      find(profiles, id);
      return { next: profiles.filter((profile) => profile.id !== id), result: undefined };
    });
  }

  /** All profiles without keys and secret variables. */
  exportAll(): ProfileExport {
    const profiles = this.#profiles.map(
      ({ name, processId, target, restart, startWithRunner, onDemand }) => ({
        name,
        processId,
        restart,
        startWithRunner,
        onDemand,
        target: this.#parts.withoutSecrets(target),
      }),
    );
    return { format: 'llm-server-manager/profiles', version: 1, profiles };
  }

  /** Adds all or none; a name in use gets a number behind it. Answers the added ones. */
  importAll({ profiles }: ProfileExport): Promise<Profile[]> {
    return this.#add(({ isNameTaken }) => {
      const given = new Set<string>();
      return profiles.map((input) => {
        const name = numberedName(input.name, (candidate) => isNameTaken(candidate) || given.has(candidate));
        given.add(name);
        return { ...input, name };
      });
    });
  }

  #add(
    inputs: (state: {
      profiles: readonly Profile[];
      isNameTaken: (name: string) => boolean;
    }) => ProfileInput[],
  ): Promise<Profile[]> {
    return this.#commit((profiles) => {
      const isNameTaken = (name: string): boolean => profiles.some((profile) => profile.name === name);
      const at = this.#parts.now().toISOString();
      const added = inputs({ profiles, isNameTaken }).map((input) => ({
        id: this.#parts.newId(),
        createdAt: at,
        updatedAt: at,
        ...input,
      }));
      return { next: [...profiles, ...added], result: added };
    });
  }

  /** Waits its turn, works out the next state, writes it, and only then makes it the present one. */
  #commit<Result>(
    work: (profiles: readonly Profile[]) => { next: readonly Profile[]; result: Result },
  ): Promise<Result> {
    const change = this.#lastChange.then(async () => {
      const { next, result } = work(this.#profiles);
      if (this.#isReadOnly)
        throw new AppError('STORAGE_FAILED', this.#faults.map((fault) => fault.message).join(' '));
      await saveProfiles(this.#parts.file, next);
      this.#profiles = next;
      this.changed.emit();
      return result;
    });
    this.#lastChange = change.catch(() => undefined);
    return change;
  }
}

export function createProfileStore(parts: ProfileStoreParts): ProfileStore {
  return new ProfileStore(parts);
}

function find(profiles: readonly Profile[], id: string): Profile {
  const profile = profiles.find((candidate) => candidate.id === id);
  if (profile === undefined)
    throw new AppError(
      'PROFILE_NOT_FOUND',
      `There is no profile with the id ${id}. It may have been removed.`,
    );
  return profile;
}

function first(profiles: readonly Profile[]): Profile {
  const [profile] = profiles;
  if (profile === undefined) throw new Error('Nothing was added.');
  return profile;
}

function nameInUse(name: string): AppError {
  return new AppError('PROFILE_EXISTS', `There is a profile named "${name}" already. Choose another name.`, {
    details: { name },
  });
}
