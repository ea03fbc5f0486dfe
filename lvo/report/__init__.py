"""Self-contained HTML reports: one file, no network, charts drawn as inline SVG, the same bytes for the same input."""
