import { createTheme, type MantineColorsTuple } from "@mantine/core";

const forest: MantineColorsTuple = [
  "#eef6f2",
  "#dceae3",
  "#b7d5c8",
  "#8fbfab",
  "#6bab92",
  "#4c947a",
  "#357a62",
  "#27614d",
  "#1d4b3c",
  "#17382f",
];

/** How the shop looks: paper, ink, forest and a little brass. */
export const theme = createTheme({
  colors: { forest },
  primaryColor: "forest",
  primaryShade: 8,
  defaultRadius: "md",
  fontFamily: "Inter, ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  headings: {
    fontFamily: "'Iowan Old Style', 'Palatino Linotype', Palatino, 'URW Palladio L', 'Book Antiqua', Georgia, serif",
    fontWeight: "600",
    sizes: { h1: { fontSize: "clamp(1.75rem, 1.2rem + 2.4vw, 2.75rem)", lineHeight: "1.12" } },
  },
  components: {
    Button: { defaultProps: { radius: "xl" } },
    TextInput: { defaultProps: { size: "md" } },
    PasswordInput: { defaultProps: { size: "md" } },
    NativeSelect: { defaultProps: { size: "md" } },
  },
});
