/** Mantine in our colours and sizes; the values themselves are CSS variables in theme.css. */
import { ActionIcon, Button, Input, createTheme, type CSSVariablesResolver } from '@mantine/core';

const BUTTON_SIZES = {
  xs: { '--button-height': '26px', '--button-padding-x': '9px', '--button-fz': '12px' },
  sm: { '--button-height': '32px', '--button-padding-x': '12px', '--button-fz': '13px' },
  md: { '--button-height': '36px', '--button-padding-x': '18px', '--button-fz': '13.5px' },
} as const;

function buttonSize(size: unknown) {
  return { root: size === 'xs' || size === 'md' ? BUTTON_SIZES[size] : BUTTON_SIZES.sm };
}

export const theme = createTheme({
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  primaryColor: 'teal',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  radius: { md: '8px', lg: '10px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  fontSizes: { xs: '12px', sm: '12.5px', md: '14px', lg: '15px' },
  components: {
    Button: Button.extend({
      defaultProps: { variant: 'default', size: 'sm' },
      vars: (_, props) => buttonSize(props.size),
    }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray', size: 28 } }),
    Input: Input.extend({ vars: () => ({ wrapper: { '--input-height': '34px', '--input-fz': '13px' } }) }),
    // By name only: these are loaded when they are needed.
    Modal: {
      defaultProps: { centered: true, radius: 'lg', padding: 'lg', transitionProps: { duration: 120 } },
    },
    // Without the placeholder: a focusable thing with no role is no child of a menu, as axe says.
    Menu: {
      defaultProps: {
        withInitialFocusPlaceholder: false,
        transitionProps: { duration: 80 },
        radius: 'md',
        shadow: 'md',
      },
    },
  },
});

const VARIABLES = {
  '--mantine-color-body': 'var(--bg)',
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-bright': 'var(--text)',
  '--mantine-color-dimmed': 'var(--dim)',
  '--mantine-color-placeholder': 'var(--faint)',
  '--mantine-color-error': 'var(--bad)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-default': 'var(--panel)',
  '--mantine-color-default-hover': 'var(--raised)',
  '--mantine-color-default-color': 'var(--text)',
  '--mantine-color-default-border': 'var(--line)',
  '--mantine-primary-color-filled': 'var(--accent)',
  '--mantine-primary-color-filled-hover': 'var(--accent-hover)',
  '--mantine-primary-color-contrast': 'var(--accent-ink)',
  '--mantine-color-teal-filled': 'var(--accent)',
  '--mantine-color-teal-filled-hover': 'var(--accent-hover)',
  '--mantine-color-red-filled': 'var(--bad)',
  '--mantine-color-red-filled-hover': 'var(--bad)',
  '--mantine-color-red-light-hover': 'var(--bad-soft)',
  '--mantine-color-gray-light-hover': 'var(--raised)',
  '--mantine-color-gray-light-color': 'var(--dim)',
};

/** Given for each scheme: what Mantine sets for a scheme would win over what is set for both. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: VARIABLES,
  dark: VARIABLES,
});
