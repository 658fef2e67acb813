"""PDF → `Content`."""
